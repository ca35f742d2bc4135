package io.grizz.redis;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The Lua scripts: one for each transition. In front of it stand the prelude and those parts that
 * its head names, since each function that a script defines costs each of its calls.
 */
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

  /** Those that were used: a process starts with few, and hashing all took it 40 ms. */
  private static final Map<Script, Loaded> LOADED = new ConcurrentHashMap<>();

  String text() {
    return loaded().text();
  }

  /** The name under which a server keeps the script. */
  String sha() {
    return loaded().sha();
  }

  private Loaded loaded() {
    return LOADED.computeIfAbsent(this, Loaded::of);
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

  /** A script as it is sent. */
  private record Loaded(String text, String sha) {

    static Loaded of(Script script) {
      String own = resource(script.name().toLowerCase(Locale.ROOT));
      String text = resource("prelude") + Parts.of(own) + own;
      return new Loaded(text, hex("SHA-1", text));
    }
  }

  /** What scripts may use besides the prelude. */
  private static final class Parts {

    /** In an order in which each finds what it uses itself. */
    private static final List<String> NAMES =
        List.of("lease", "lanes", "log", "ends", "admission", "oldest");

    private static final Pattern USES = Pattern.compile("(?m)^-- Uses (.+)$");

    /** The text of the parts that the head of a script names. */
    static String of(String script) {
      Matcher line = USES.matcher(script);
      List<String> uses = line.find() ? List.of(line.group(1).split(", ")) : List.of();
      if (!NAMES.containsAll(uses)) {
        throw new IllegalStateException("of the parts " + uses + " only " + NAMES + " are known");
      }
      return NAMES.stream().filter(uses::contains).map(Script::resource).collect(joining());
    }
  }
}
