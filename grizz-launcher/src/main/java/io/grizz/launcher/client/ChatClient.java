package io.grizz.launcher.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grizz.json.Fields;
import io.grizz.json.Json;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Asks, and reads the answer as it streams, over as many connections as it takes. One question at a
 * time; belongs to one thread.
 */
public final class ChatClient implements AutoCloseable {

  private static final long PATIENCE = 25_000; // until the server says its own
  private static final long FIRST_PAUSE = 500;
  private static final long LONGEST_PAUSE = 30_000;
  private static final int MOST_TRIES = 3; // while it was never connected
  private static final int DEPLOY = 4001;
  private static final int TOKEN_EXPIRED = 4005;
  private static final int NEVER_AGAIN = 4500;
  private static final int INVALID_TOKEN = 4501;

  /** Something of ours was at fault, and would be again: binary, bad UTF-8, too long. */
  private static final Set<Integer> OUR_FAULT = Set.of(1003, 1007, 1009);

  private final HttpClient http = HttpClient.newHttpClient();
  private final URI server;
  private final Supplier<String> token;
  private final RandomGenerator random;
  private @Nullable Wire wire;
  private long requests;
  private Duration patience = Duration.ofMillis(PATIENCE);
  private int losses;
  private boolean welcomed;
  private Limits limits = Limits.UNKNOWN;
  private boolean renewed; // the last token was refused, and another one is tried
  private Duration awayFor = Duration.ZERO; // as the server's goodbye said

  /**
   * @param server the WebSocket's address
   * @param token gives a fresh token for each connection
   */
  public ChatClient(URI server, Supplier<String> token, RandomGenerator random) {
    this.server = server;
    this.token = token;
    this.random = random;
  }

  /** The longest frame, in bytes, and the longest message, in characters, as the server said. */
  private record Limits(int frame, int text) {
    static final Limits UNKNOWN = new Limits(Integer.MAX_VALUE, Integer.MAX_VALUE);

    static Limits of(Fields welcome) {
      JsonNode said = welcome.object().path("limits");
      return new Limits(
          said.path("frame").asInt(UNKNOWN.frame), said.path("text").asInt(UNKNOWN.text));
    }
  }

  /** Who reads an answer. */
  public interface Reader {
    /** More text. */
    void text(String delta);

    /** All text so far is void: the answer begins again. */
    void restarted(int attempt);

    /** The connection was lost, and is made again after a pause. */
    void waiting(String why, Duration pause);
  }

  /**
   * How an answer ended.
   *
   * @param kind {@code done}, {@code failed} or {@code cancelled}
   * @param code why it failed; empty when it did not
   */
  public record Ended(UUID job, String kind, String code, String text) {}

  /**
   * Sends a message and reads its answer to the end.
   *
   * @param conversation empty for the one of the day
   * @throws ChatException when the server refuses the message, or this client, or was never there
   */
  public Ended ask(String text, Optional<UUID> conversation, Reader reader)
      throws ChatException, InterruptedException {
    Cursor cursor = new Cursor(reader);
    ObjectNode send = Json.object().put("t", "send").put("msg", UUID.randomUUID().toString());
    conversation.ifPresent(it -> send.put("conv", it.toString()));
    send.put("text", text);
    while (true) {
      try {
        return read(connected(cursor, send), cursor, send);
      } catch (Wire.LostException e) {
        disconnect();
        boolean mayHaveAged = e.code() == INVALID_TOKEN && !renewed;
        renewed = e.code() == INVALID_TOKEN;
        if (OUR_FAULT.contains(e.code())) {
          throw new ChatException(
              "bad_field", "The server does not take this message: " + e.code());
        }
        if (e.code() >= NEVER_AGAIN && !mayHaveAged) {
          throw new ChatException("unauthenticated", e.getMessage() + " (" + e.code() + ")");
        }
        if (!welcomed && losses == MOST_TRIES) {
          throw new ChatException("unavailable", e.getMessage() + ". Is Grizz running there?");
        }
        pause(e, reader);
      }
    }
  }

  @Override
  public void close() {
    disconnect();
    http.close();
  }

  /** The connection, on which the message is under way, or will be after its welcome. */
  private Wire connected(Cursor cursor, ObjectNode send)
      throws Wire.LostException, ChatException, InterruptedException {
    Wire open = wire;
    if (open != null) {
      deliver(open, send);
      return open;
    }
    open = Wire.open(http, server, token.get());
    wire = open;
    hello(open, cursor);
    return open;
  }

  private void hello(Wire open, Cursor cursor) throws Wire.LostException, InterruptedException {
    ObjectNode hello = request("hello").put("client", "grizz-chat/1").put("merge", true);
    cursor.resume(hello);
    open.send(Json.write(hello));
  }

  private void watch(Wire open, Cursor cursor) throws Wire.LostException, InterruptedException {
    open.send(Json.write(cursor.watch(request("watch"))));
  }

  private void deliver(Wire open, ObjectNode send)
      throws Wire.LostException, ChatException, InterruptedException {
    String frame = Json.write(send.deepCopy().put("id", nextId("send")));
    int characters = send.path("text").textValue().length();
    if (characters > limits.text || frame.getBytes(UTF_8).length > limits.frame) {
      throw new ChatException(
          "too_large",
          "The message is too long: it has %d characters, and may have %d, in %d bytes."
              .formatted(characters, limits.text, limits.frame));
    }
    open.send(frame);
  }

  private Ended read(Wire open, Cursor cursor, ObjectNode send)
      throws Wire.LostException, ChatException, InterruptedException {
    boolean probed = false;
    while (true) {
      Fields frame;
      try {
        frame = open.next(patience);
        probed = false;
      } catch (Wire.LostException e) {
        if (probed || e.code() != 1006) {
          throw e;
        }
        open.send(Json.write(Json.object().put("t", "ping").put("ts", 0)));
        probed = true;
        continue;
      }
      String type = frame.text("t").orElse("");
      if (type.equals("welcome")) {
        welcome(open, frame, cursor, send);
      } else if (type.equals("err")) {
        refused(open, frame, cursor, send);
      } else if (type.equals("auth_soon")) {
        open.send(Json.write(request("auth").put("token", token.get())));
      } else if (type.equals("bye")) {
        awayFor = Duration.ofMillis(frame.integer("after_ms", 0, LONGEST_PAUSE).orElse(0));
        throw new Wire.LostException(DEPLOY, "the server restarts");
      } else if (cursor.apply(type, frame)) {
        return cursor.ended(type, frame);
      } else if (cursor.behind()) {
        watch(open, cursor);
      }
    }
  }

  private void welcome(Wire open, Fields welcome, Cursor cursor, ObjectNode send)
      throws Wire.LostException, ChatException, InterruptedException {
    limits = Limits.of(welcome);
    patience = Duration.ofMillis(welcome.integer("hb_ms", 1, LONGEST_PAUSE).orElse(PATIENCE));
    losses = 0;
    welcomed = true;
    renewed = false;
    if (cursor.unsent()) {
      deliver(open, send);
    } else if (welcome.list("resumed", 1).isEmpty()) {
      // why: the server does not know the job, and says so when it is asked for it
      watch(open, cursor);
    }
  }

  private void refused(Wire open, Fields err, Cursor cursor, ObjectNode send)
      throws ChatException, Wire.LostException, InterruptedException {
    String request = err.text("re").filter(it -> !it.isEmpty()).orElse("send").split("-", 2)[0];
    if (request.equals("auth") || (request.equals("send") && !cursor.unsent())) {
      return; // why: if the token ends, that is said; and what was accepted goes on
    }
    String code = err.text("code").orElse("internal");
    if (!err.object().path("retryable").asBoolean()) {
      throw new ChatException(code, err.text("message").orElse(code));
    }
    Duration pause = Duration.ofMillis(err.integer("retry_ms", 0, LONGEST_PAUSE).orElse(1_000));
    cursor.reader().waiting(code, pause);
    Thread.sleep(pause);
    switch (request) {
      case "hello" -> hello(open, cursor);
      case "watch" -> watch(open, cursor);
      default -> deliver(open, send);
    }
  }

  private void pause(Wire.LostException e, Reader reader) throws InterruptedException {
    long bound = Math.min(LONGEST_PAUSE, FIRST_PAUSE << Math.min(losses++, 10));
    Duration pause =
        switch (e.code()) {
          case DEPLOY -> awayFor;
          case TOKEN_EXPIRED -> Duration.ZERO;
          default -> Duration.ofMillis(random.nextLong(bound));
        };
    reader.waiting(String.valueOf(e.getMessage()), pause);
    Thread.sleep(pause);
  }

  private void disconnect() {
    Wire open = wire;
    wire = null;
    if (open != null) {
      open.close();
    }
  }

  private ObjectNode request(String type) {
    return Json.object().put("t", type).put("id", nextId(type));
  }

  /** An id that says what was asked. */
  private String nextId(String type) {
    return type + "-" + ++requests;
  }
}
