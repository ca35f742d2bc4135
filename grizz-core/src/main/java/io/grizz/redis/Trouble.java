package io.grizz.redis;

import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * What an error of Redis means, and what is done about it: the one place that knows.
 *
 * @param begins what the error's text begins with
 * @param treatment what is done
 * @param retryAfter when it makes sense to try again
 * @param advice for the person who has to do something about it; empty when nobody has to
 */
record Trouble(String begins, Treatment treatment, Duration retryAfter, String advice) {

  /** What is done about an error. */
  enum Treatment {
    /** The server forgot the script: its text is sent along. */
    LOAD,
    /** The queue is new there, or was lost, or its settings changed: it is opened again. */
    OPEN,
    /** It will pass: the call answers that the queue is unavailable, and for how long. */
    WAIT,
    /** Only a person can change it: the call says so. */
    STOP
  }

  private static final Duration AT_ONCE = Duration.ofMillis(50);
  private static final Duration SOON = Duration.ofMillis(200);
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration SECONDS = Duration.ofSeconds(5);
  private static final Duration LONG = Duration.ofSeconds(30);

  /** No connection, or one that broke. */
  static final Trouble BROKEN = wait("connection", SOON, "");

  /** No answer in time; the call may have taken effect. */
  static final Trouble SILENT = wait("timeout", SECOND, "");

  /** An error that the table does not know. */
  static final Trouble UNKNOWN = wait("", SECOND, "Grizz does not know this error of Redis");

  /** No memory left for what is new; what takes none is served. */
  static final Trouble FULL = wait("OOM", SECONDS, "it is full; raise its maxmemory, or keep less");

  /** The table; the first row that fits decides. */
  static final List<Trouble> TABLE =
      List.of(
          new Trouble("NOSCRIPT", Treatment.LOAD, AT_ONCE, ""),
          new Trouble("NOGROUP", Treatment.OPEN, AT_ONCE, ""),
          new Trouble("ERR no such key", Treatment.OPEN, AT_ONCE, ""),
          new Trouble("SETTINGS", Treatment.OPEN, AT_ONCE, ""),
          wait("UNBLOCKED", AT_ONCE, ""),
          wait("LOADING", SOON, ""),
          wait("TRYAGAIN", SOON, ""),
          wait("BUSY", SOON, "a script has been running there for too long"),
          wait("READONLY", SECOND, "this is a replica; redis.url must lead to the primary"),
          wait("MASTERDOWN", SECOND, "the replica has lost its primary"),
          wait("CLUSTERDOWN", SECOND, "the cluster does not serve all slots"),
          wait("NOREPLICAS", SECOND, "too few replicas for its min-replicas-to-write"),
          FULL,
          wait("MISCONF", SECONDS, "it cannot save to its disk, and refuses to write"),
          wait(
              "ERR max number of clients",
              SECONDS,
              "raise its maxclients, or lower redis.connections"),
          wait("ERR max requests limit exceeded", LONG, "its host's limit of requests is used up"),
          wait("ERR max daily request limit", LONG, "its host's limit of requests is used up"),
          stop("NOAUTH", "with a user and a password"),
          stop("WRONGPASS", "with the right user and password"),
          stop("ERR invalid password", "with the right password"),
          stop("ERR AUTH", "with a password only if the server has one"),
          stop("NOPERM", "for a user who may run scripts and use the keys and channels grizz:*"),
          stop("MOVED", "not a node of a cluster; Grizz does not follow redirections"),
          stop("CROSSSLOT", "not a node of a cluster that splits a queue's keys"),
          stop("ERR unknown command", "a Redis of version 6.2 or newer with streams and scripts"));

  /** Before 7.0 an error inside a script is told inside another one. */
  private static final Pattern IN_SCRIPT = Pattern.compile("\\b([A-Z]{3,}|ERR [a-z]+)\\b.*");

  private static Trouble wait(String begins, Duration retryAfter, String advice) {
    return new Trouble(begins, Treatment.WAIT, retryAfter, advice);
  }

  private static Trouble stop(String begins, String advice) {
    return new Trouble(begins, Treatment.STOP, SECONDS, advice);
  }

  /** What a failure means. */
  static Trouble of(JedisException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      Trouble told = told(String.valueOf(cause.getMessage()));
      if (!told.equals(UNKNOWN)) {
        return told;
      }
      if (cause instanceof SocketTimeoutException) {
        return SILENT;
      }
    }
    return failure instanceof JedisConnectionException ? BROKEN : UNKNOWN;
  }

  private static Trouble told(String text) {
    return TABLE.stream()
        .filter(row -> text.startsWith(row.begins()) || inScript(text).startsWith(row.begins()))
        .findFirst()
        .orElse(UNKNOWN);
  }

  private static String inScript(String text) {
    if (!text.startsWith("ERR Error running script")) {
      return text;
    }
    Matcher inner = IN_SCRIPT.matcher(text.substring("ERR Error running script".length()));
    return inner.find() ? inner.group() : text;
  }
}
