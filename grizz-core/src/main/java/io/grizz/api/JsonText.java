package io.grizz.api;

import java.util.BitSet;

/**
 * Whether a text is one JSON value, as RFC 8259 has it. What it says, handlers find out.
 *
 * <p>Reads each character once and calls nothing deep, so that no payload can exhaust the stack.
 */
final class JsonText {

  /** Deeper values are refused: readers commonly refuse them, too. */
  static final int DEEPEST = 1_000;

  private final String text;
  private final BitSet objects = new BitSet();
  private int depth;
  private int at;

  private JsonText(String text) {
    this.text = text;
  }

  /** Whether {@code text} is one JSON value, and nothing else. */
  static boolean holds(String text) {
    JsonText json = new JsonText(text);
    return json.value() && json.atEnd();
  }

  private boolean atEnd() {
    skipSpace();
    return at == text.length();
  }

  /** Reads one value: begins it, then goes on from value to value until all is closed again. */
  private boolean value() {
    while (true) {
      skipSpace();
      boolean opened = peek() == '{' || peek() == '[';
      if (opened ? !open() : !scalar()) {
        return false;
      }
      if (opened && !emptied()) {
        if (objects.get(depth - 1) && !name()) {
          return false;
        }
        continue;
      }
      if (!closeOrGoOn()) {
        return false;
      }
      if (depth == 0) {
        return true;
      }
    }
  }

  private boolean open() {
    if (depth == DEEPEST) {
      return false;
    }
    objects.set(depth++, text.charAt(at++) == '{');
    return true;
  }

  /** Whether the list or object that was just opened is closed at once. */
  private boolean emptied() {
    skipSpace();
    return peek() == closer();
  }

  /** After a value: closes what ends here, and reads on to the next value if there is one. */
  private boolean closeOrGoOn() {
    while (depth > 0) {
      skipSpace();
      if (peek() == closer()) {
        at++;
        depth--;
      } else if (peek() == ',') {
        at++;
        return !objects.get(depth - 1) || name();
      } else {
        return false;
      }
    }
    return true;
  }

  private char closer() {
    return objects.get(depth - 1) ? '}' : ']';
  }

  private boolean name() {
    skipSpace();
    if (peek() != '"' || !string()) {
      return false;
    }
    skipSpace();
    return take(':');
  }

  private boolean scalar() {
    return switch (peek()) {
      case '"' -> string();
      case 't' -> word("true");
      case 'f' -> word("false");
      case 'n' -> word("null");
      default -> number();
    };
  }

  private boolean word(String word) {
    boolean here = text.startsWith(word, at);
    at += here ? word.length() : 0;
    return here;
  }

  private boolean string() {
    at++;
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c == '"') {
        return true;
      }
      if (c < ' ' || (c == '\\' && !escape())) {
        return false;
      }
    }
    return false;
  }

  private boolean escape() {
    char c = peek();
    at++;
    if (c != 'u') {
      return c != 0 && "\"\\/bfnrt".indexOf(c) >= 0;
    }
    for (int i = 0; i < 4; i++, at++) {
      if (Character.digit(peek(), 16) < 0 || peek() > 'f') {
        return false;
      }
    }
    return true;
  }

  private boolean number() {
    take('-');
    if (!take('0') && !digits()) {
      return false;
    }
    if (take('.') && !digits()) {
      return false;
    }
    if (take('e') || take('E')) {
      if (!take('+')) {
        take('-');
      }
      return digits();
    }
    return true;
  }

  private boolean digits() {
    int from = at;
    while (peek() >= '0' && peek() <= '9') {
      at++;
    }
    return at > from;
  }

  private boolean take(char wanted) {
    boolean here = peek() == wanted;
    at += here ? 1 : 0;
    return here;
  }

  private void skipSpace() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') {
      at++;
    }
  }

  /** The next character; 0, which no value has in this place, at the end. */
  private char peek() {
    return at < text.length() ? text.charAt(at) : 0;
  }
}
