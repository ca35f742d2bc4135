package io.grizz.launcher.gateway;

/**
 * An answer for a client that only appends: what was shown cannot be taken back. An answer that
 * begins again is held back while it says the same, and announced when it does not.
 */
final class RawAnswer {

  static final String AGAIN = "\n\n[The answer begins again.]\n\n";

  private final StringBuilder text = new StringBuilder();
  private final StringBuilder shown = new StringBuilder();
  private boolean catchingUp;

  /** More text; returns what is to be shown. */
  String more(String piece) {
    text.append(piece);
    if (catchingUp) {
      return caughtUp();
    }
    shown.append(piece);
    return piece;
  }

  /** All text so far is void. */
  void restarted() {
    text.setLength(0);
    catchingUp = true;
  }

  /** This is all text so far; returns what is to be shown. */
  String replaced(String all) {
    restarted();
    text.append(all);
    return caughtUp();
  }

  /** No more comes; returns what is to be shown. */
  String ended() {
    return catchingUp && !text.isEmpty() && !text.toString().contentEquals(shown) ? again() : "";
  }

  private String caughtUp() {
    String now = text.toString();
    String before = shown.toString();
    if (now.length() <= before.length() && before.startsWith(now)) {
      catchingUp = now.length() < before.length();
      return "";
    }
    if (!now.startsWith(before)) {
      return again();
    }
    catchingUp = false;
    String rest = now.substring(before.length());
    shown.append(rest);
    return rest;
  }

  private String again() {
    catchingUp = false;
    shown.setLength(0);
    shown.append(text);
    return AGAIN + text;
  }
}
