package io.grizz.launcher.client;

/** The server refused, or could not be reached; the code is one of the protocol's. */
public final class ChatException extends Exception {

  private static final long serialVersionUID = 1L;

  private final String code;

  public ChatException(String code, String message) {
    super(message);
    this.code = code;
  }

  public String code() {
    return code;
  }
}
