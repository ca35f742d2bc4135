package io.grizz.launcher.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.grizz.json.Json;
import io.grizz.launcher.FreePorts;
import io.grizz.launcher.RawClient;
import io.grizz.launcher.gateway.DocExamples.Example;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Plays examples against a gateway of its own: says what they say a client says, and compares what
 * is answered. One story: connections, ids and tokens last from one example to the next.
 */
final class ExamplePlayer implements AutoCloseable {

  private static final Pattern CONNECTS = Pattern.compile("connects(?: with (\\S+))?");
  private static final Pattern CLOSED = Pattern.compile("closed (\\d{4})");
  private static final Pattern STATUS = Pattern.compile("\\d{3}");
  private static final String PING = "{\"t\":\"ping\",\"ts\":-1}";
  private static final JsonNode PONG = Json.tree(PING.replace("ping", "pong"));
  private static final Duration BRIEF = Duration.ofSeconds(50);

  private final Blanks blanks = new Blanks();
  private final HttpClient http = HttpClient.newHttpClient();
  private final RunningGrizz grizz;
  private final Runnable beforeDelta;
  private Gateway gateway;
  private int port;
  private boolean stopped;
  private @Nullable RawClient client;
  private int heard;

  /**
   * @param beforeDelta lets the model say one more piece
   */
  ExamplePlayer(RunningGrizz grizz, Runnable beforeDelta) throws Exception {
    this.grizz = grizz;
    this.beforeDelta = beforeDelta;
    this.port = FreePorts.pair();
    this.gateway = grizz.another(RunningGrizz.config(port));
    blanks.put("admin_token", RunningGrizz.ADMIN);
  }

  void play(Example example) throws Exception {
    try {
      if (example.language().equals("http")) {
        call(example.lines());
      } else {
        for (String line : example.lines()) {
          step(line.charAt(0), line.substring(2));
        }
        silent();
      }
    } catch (AssertionError | ConditionTimeoutException e) {
      throw new AssertionError(
          "the example in line " + example.line() + " lies: " + e.getMessage(), e);
    }
    if (stopped) {
      gateway.close();
      open();
    }
  }

  private void open() throws IOException, InterruptedException {
    stopped = false;
    port = FreePorts.pair();
    gateway = grizz.another(RunningGrizz.config(port));
  }

  private void step(char who, String what) throws InterruptedException {
    switch (who) {
      case '>' -> client().send(blanks.filled(what));
      case '<' -> hear(what);
      case '*' -> connection(what);
      default -> throw new AssertionError("nobody says: " + what);
    }
  }

  private void connection(String what) throws InterruptedException {
    Matcher connects = CONNECTS.matcher(what);
    Matcher closed = CLOSED.matcher(what);
    if (connects.matches()) {
      drop();
      client = RawClient.silent(ws(), token(connects.group(1)));
    } else if (closed.matches()) {
      int code = Integer.parseInt(closed.group(1));
      await().untilAsserted(() -> assertThat(client().closed()).as("close code").contains(code));
      drop();
    } else if (what.equals("drops")) {
      silent();
      drop();
    } else if (what.equals("the server stops")) {
      stopped = true;
      gateway.drain();
    } else {
      throw new AssertionError("nothing is known of: " + what);
    }
  }

  private String token(@Nullable String named) {
    String token = named == null ? "{token}" : named;
    if (token.equals("{brief_token}")) {
      Tokens.Pass pass = grizz.tokens.verify(blanks.filled("{token}")).orElseThrow();
      return grizz.tokens.issue(pass.user(), BRIEF);
    }
    return blanks.filled(token);
  }

  private void hear(String example) {
    if (example.contains("\"t\":\"delta\"")) {
      beforeDelta.run();
    }
    await().untilAsserted(() -> assertThat(unheard()).as("frames after %s", example).isNotEmpty());
    JsonNode frame = unheard().getFirst();
    heard++;
    compare(example, frame);
  }

  /** Asks for one more answer: whatever was to be said before it has been said then. */
  private void silent() {
    RawClient connected = client;
    if (connected != null && connected.closed().isEmpty()) {
      connected.send(PING);
      await().untilAsserted(() -> assertThat(connected.frames()).last().isEqualTo(PONG));
      assertThat(unheard()).as("frames that the example does not know").containsExactly(PONG);
      heard++;
    }
  }

  private List<JsonNode> unheard() {
    return client == null ? List.of() : client.frames().subList(heard, client.frames().size());
  }

  private void compare(String example, JsonNode answer) {
    blanks
        .difference(example, answer)
        .ifPresent(why -> {
          throw new AssertionError(why + "\n said: " + answer + "\n  not: " + example);
        });
  }

  private RawClient client() {
    if (client == null) {
      throw new AssertionError("nobody is connected");
    }
    return client;
  }

  private void drop() {
    if (client != null) {
      client.close();
    }
    client = null;
    heard = 0;
  }

  private URI ws() {
    return URI.create("ws://127.0.0.1:" + (port + 1) + "/v1/ws");
  }

  // ---- calls

  private void call(List<String> lines) throws IOException, InterruptedException {
    int status = 1;
    while (!STATUS.matcher(lines.get(status)).matches()) {
      status++;
    }
    String[] asks = blanks.filled(lines.getFirst()).split(" ", 2);
    Message said = Message.of(lines.subList(1, status));
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + asks[1]))
            .method(asks[0], BodyPublishers.ofString(blanks.filled(said.body())));
    for (String header : said.head()) {
      String[] parts = blanks.filled(header).split(": ", 2);
      request.header(parts[0], parts[1]);
    }
    HttpResponse<String> answer = http.send(request.build(), BodyHandlers.ofString());
    assertThat(answer.statusCode())
        .as(answer.body())
        .isEqualTo(Integer.parseInt(lines.get(status)));
    check(Message.of(lines.subList(status + 1, lines.size())), answer);
  }

  /** What stands before the first empty line, and what after it. */
  private record Message(List<String> head, String body) {
    static Message of(List<String> lines) {
      int empty = lines.indexOf("");
      return empty < 0
          ? new Message(lines, "")
          : new Message(
              lines.subList(0, empty),
              String.join("\n", lines.subList(empty + 1, lines.size())).strip());
    }
  }

  private void check(Message example, HttpResponse<String> answer) {
    for (String header : example.head()) {
      String[] parts = header.split(": ", 2);
      assertThat(answer.headers().firstValue(parts[0])).as(parts[0]).contains(parts[1]);
    }
    List<String> wanted = example.body().lines().toList();
    List<String> given = answer.body().strip().lines().toList();
    assertThat(given).as("lines of %s", answer.body()).hasSameSizeAs(wanted);
    for (int i = 0; i < wanted.size(); i++) {
      String line = wanted.get(i).replaceFirst("^data: ", "");
      if (line.startsWith("{")) {
        compare(line, Json.tree(given.get(i).replaceFirst("^data: ", "")));
      } else {
        assertThat(given.get(i)).isEqualTo(line);
      }
    }
  }

  @Override
  public void close() {
    drop();
    http.close();
    gateway.close();
  }
}
