package io.grizz.launcher.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grizz.api.FailureCode;
import io.grizz.launcher.gateway.Connection.House;
import io.grizz.launcher.gateway.DocExamples.Example;
import io.grizz.launcher.gateway.Gateway.Means;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code docs/protocol.md} says what is so: its examples are played, its tables compared. */
@Timeout(120)
class ProtocolDocTest {

  private static final Path DOCUMENT = Path.of("docs/protocol.md");
  private static final Path SOURCES = Path.of("src/main/java/io/grizz/launcher/gateway");
  private static final Pattern FRAME = Pattern.compile("^[<>] \\{\"t\":\"(\\w+)\"");
  private static final Pattern WORD = Pattern.compile("`([a-z_]+)`");
  private static final Pattern ROUTE = Pattern.compile("`((?:GET|POST|PATCH|DELETE) [^`]+)`");
  private static final Pattern ERROR_ROW =
      Pattern.compile("^\\| `([a-z_]+)` \\| (yes|no) \\|", Pattern.MULTILINE);
  private static final Pattern CLOSE_ROW = Pattern.compile("^\\| (\\d{4}) \\|", Pattern.MULTILINE);
  private static final Pattern REFUSED =
      Pattern.compile("(?:Refusal\\.(?:of|until)\\(\\s*|HttpProblem\\([A-Z_]+,\\s+)\"([a-z_]+)\"");

  /** What the library closes with by itself. */
  private static final List<Integer> LIBRARYS = List.of(1007, 1009);

  private static final Semaphore PIECES = new Semaphore(0);
  private static RunningGrizz running;

  private String document = "";

  @BeforeAll
  static void start() throws Exception {
    running = new RunningGrizz(400, it -> it, model -> new StepwiseModel(model, PIECES));
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  @BeforeEach
  void read() throws Exception {
    document = Files.readString(DOCUMENT);
  }

  @Test
  void examplesAreWhatIsSaidAndAnswered() throws Exception {
    List<Example> examples = DocExamples.of(document);
    assertThat(examples).hasSizeGreaterThan(20);
    try (ExamplePlayer player = new ExamplePlayer(running, PIECES::release)) {
      for (Example each : examples) {
        player.play(each);
      }
    }
  }

  /** What is true at the beginning of the document, and a lie instead. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "< {\"t\":\"pong\",\"ts\":1732380000000} | < {\"t\":\"pong\",\"ts\":1}",
        "< {\"t\":\"pong\",\"ts\":1732380000000} | < {\"t\":\"pong\"}",
        "< {\"t\":\"pong\",\"ts\":1732380000000} | * drops",
        "\"ts\":1732380000000}            | \"ts\":1732380000000,\"more\":1}",
        "\"user\":\"{user}\",\"exp\":{exp},\"hb | \"user\":\"{ws}\",\"exp\":{exp},\"hb",
        "\"hb_ms\":25000                 | \"hb_ms\":25001",
        "\"resumed\":[]                  | \"resumed\":[{}]",
        "\"caps\":[\"merge\"]            | \"caps\":[]",
        "\"conn\":\"{conn}\"             | \"conn\":\"{other}\"",
        "\"now\":{now}                   | \"now\":\"{now}\"",
        "\"kind\":\"dev\"                | \"kind\":\"token\"",
        "Content-Type: application/json  | Content-Type: text/html",
        "200                             | 201",
      })
  void exampleThatLiesIsFound(String truth, String lie) throws Exception {
    String beginning = document.substring(0, document.indexOf("## A message"));
    assertThat(beginning).contains(truth);
    List<Example> examples = DocExamples.of(beginning.replace(truth, lie));
    try (ExamplePlayer player = new ExamplePlayer(running, PIECES::release)) {
      assertThatThrownBy(
              () -> {
                for (Example each : examples) {
                  player.play(each);
                }
              })
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("lies");
    }
  }

  @Test
  void everyFrameIsListedAndHasAnExample() {
    Set<String> played = new TreeSet<>();
    for (Example example : DocExamples.of(document)) {
      example
          .lines()
          .forEach(line -> FRAME.matcher(line).results().forEach(it -> played.add(it.group(1))));
    }
    String table =
        document.substring(
            document.indexOf("| the client says"), document.indexOf("`hello` comes first"));
    Set<String> listed = new TreeSet<>();
    WORD.matcher(table).results().forEach(it -> listed.add(it.group(1)));
    played.remove("dance");
    assertThat(played).isEqualTo(listed);
  }

  @Test
  void everyRouteIsListed() throws Exception {
    try (Hub hub = running.hub()) {
      House house = running.house(hub);
      OriginRule origins = new OriginRule(List.of(), running.port);
      List<String> routes =
          Gateway.routes(house, origins, Means.alone(InstantSource.system(), running.grizz::newId))
              .stream()
              .map(route -> route.method() + " " + route.path())
              .toList();
      String table = document.substring(document.indexOf("| route |"));
      assertThat(ROUTE.matcher(table).results().map(it -> it.group(1)).toList())
          .containsExactlyInAnyOrderElementsOf(routes);
    }
  }

  @Test
  void everyErrorIsListed_andWhetherToTryAgain() throws Exception {
    Map<String, Boolean> listed = new TreeMap<>();
    ERROR_ROW
        .matcher(document)
        .results()
        .forEach(row -> listed.put(row.group(1), row.group(2).equals("yes")));
    assertThat(listed)
        .allSatisfy((code, again) -> assertThat(FailureCode.retryable(code)).isEqualTo(again));
    Set<String> said = new TreeSet<>();
    try (Stream<Path> files = Files.list(SOURCES)) {
      for (Path file : files.toList()) {
        REFUSED.matcher(Files.readString(file)).results().forEach(it -> said.add(it.group(1)));
      }
    }
    said.remove("not_found"); // of HTTP alone
    assertThat(said).hasSizeGreaterThan(10);
    assertThat(listed.keySet()).containsAll(said);
  }

  @Test
  void everyCloseCodeIsListed() {
    List<Integer> codes = new ArrayList<>(LIBRARYS);
    Arrays.stream(Close.values()).forEach(it -> codes.add(it.code()));
    assertThat(
            CLOSE_ROW.matcher(document).results().map(it -> Integer.valueOf(it.group(1))).toList())
        .containsExactlyInAnyOrderElementsOf(codes);
  }
}
