package io.grizz.launcher.command;

/** Which of the three streams people look at; the start script knows. */
enum Terminal {
  IN('0'),
  OUT('1'),
  ERR('2');

  private final char fd;

  Terminal(char fd) {
    this.fd = fd;
  }

  /** Whether this stream is a terminal. */
  boolean attached() {
    return System.getProperty("grizz.terminal", "").indexOf(fd) >= 0;
  }

  /** The text, pale where people look at it. */
  String pale(String text) {
    return attached() ? "\u001b[2m" + text + "\u001b[0m" : text;
  }
}
