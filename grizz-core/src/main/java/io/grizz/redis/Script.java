package io.grizz.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/** The Lua scripts: one for each transition, with the prelude in front. */
enum Script {
  OPEN,
  ENQUEUE,
  TAKE,
  RENEW,
  SETTLE,
  EMIT,
  SNAPSHOT,
  OUTPUT,
  REAP,
  TEND,
  CLEAR,
  CANCEL,
  PAUSE,
  STATS,
  WORKERS,
  RESERVE,
  ENDED,
  CLOSE,
  REBUILD,
  RESTART,
  REQUEUE,
  DELETE,
  FORGET;

  private final String text;
  private final String sha;

  Script() {
    text = resource("prelude") + resource(name().toLowerCase(Locale.ROOT));
    sha = sha1(text);
  }

  String text() {
    return text;
  }

  /** The name under which a server keeps the script. */
  String sha() {
    return sha;
  }

  static String resource(String name) {
    try (InputStream in = Script.class.getResourceAsStream(name + ".lua")) {
      if (in == null) {
        throw new IllegalStateException("the class path lacks io/grizz/redis/" + name + ".lua");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String sha1(String text) {
    return hex("SHA-1", text);
  }

  /** A digest in hexadecimal, of an algorithm that every JDK has. */
  static String hex(String algorithm, String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance(algorithm).digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
