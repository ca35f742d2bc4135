package io.grizz.launcher.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grizz.api.ConfigException;
import io.grizz.launcher.settings.Settings.Flag;
import io.grizz.launcher.settings.Settings.Sources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {

  @TempDir Path folder;

  @Test
  void laterSourcesWinAndEachValueKnowsItsOrigin() throws IOException {
    Path file = file("queue:\n  lease: 40s\n  renew: 5s\n  reap: 3s\n");
    Settings settings =
        Settings.load(
            new Sources(
                List.of(file),
                Map.of("GRIZZ_QUEUE_RENEW", "6s", "GRIZZ_QUEUE_REAP", "2s"),
                Map.of("queue.reap", new Flag("1s", "--set"))));

    assertThat(settings.get("queue.block").origin()).isEqualTo("default");
    assertThat(settings.get("queue.lease"))
        .isEqualTo(new Setting("queue.lease", "40s", file.toString()));
    assertThat(settings.get("queue.renew"))
        .isEqualTo(new Setting("queue.renew", "6s", "GRIZZ_QUEUE_RENEW"));
    assertThat(settings.get("queue.reap")).isEqualTo(new Setting("queue.reap", "1s", "--set"));
  }

  @Test
  void wellKnownVariablesAreRead() {
    Settings settings =
        load(Map.of("REDIS_URL", "redis://:hush@10.0.0.1:6379", "PORT", "9000", "HOST", ""));
    assertThat(settings.get("redis.url").text()).isEqualTo("redis://:hush@10.0.0.1:6379");
    assertThat(settings.get("redis.url").shown()).doesNotContain("hush");
    assertThat(settings.get("gateway.port").integer()).isEqualTo(9000);
    assertThat(settings.get("gateway.host").origin()).isEqualTo("default");
  }

  @Test
  void unknownKeysAreRefusedWithTheNearestKnownName() throws IOException {
    assertThatThrownBy(() -> load(Map.of("GRIZZ_QUEUE_LAESE", "5s")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("GRIZZ_QUEUE_LAESE")
        .hasMessageContaining("did you mean GRIZZ_QUEUE_LEASE?");
    Path file = file("queue:\n  capcity: 10\n");
    assertThatThrownBy(() -> Settings.load(new Sources(List.of(file), Map.of(), Map.of())))
        .hasMessageContaining("did you mean queue.capacity?");
  }

  @Test
  void scriptsOwnVariablesAreNoSettings() {
    assertThat(load(Map.of("GRIZZ_JAVA_OPTS", "-Xmx1g")).get("queue.lease").text())
        .isEqualTo("30s");
  }

  @Test
  void valuesThatDoNotParseSayWhatTheyMustBe() {
    Setting setting = load(Map.of("GRIZZ_QUEUE_LEASE", "5")).get("queue.lease");
    assertThatThrownBy(setting::duration)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("queue.lease is \"5\"")
        .hasMessageContaining("30s");
  }

  @Test
  void remedySaysWhereAValueWasSet() {
    Settings settings = load(Map.of("GRIZZ_QUEUE_LEASE", "5"));
    assertThat(settings.remedy("queue.lease").orElseThrow())
        .contains("It was set by GRIZZ_QUEUE_LEASE.", "--set queue.lease=VALUE");
    assertThat(settings.remedy("queue.renew").orElseThrow()).contains("It is the default.");
    assertThat(settings.remedy("job.payload")).isEmpty();
  }

  @Test
  void amountsHaveUnits() {
    assertThat(new Setting("a", "30ms", "").duration()).isEqualTo(Duration.ofMillis(30));
    assertThat(new Setting("a", "24h", "").duration()).isEqualTo(Duration.ofHours(24));
    assertThat(new Setting("a", "64KiB", "").bytes()).isEqualTo(65536);
    assertThatThrownBy(() -> new Setting("a", "9999999MiB", "").bytes())
        .isInstanceOf(ConfigException.class);
  }

  @Test
  void brokenFilesAreNamedWithTheirLine() throws IOException {
    Path file = file("queue:\n  lease: [\n");
    assertThatThrownBy(() -> Settings.load(new Sources(List.of(file), Map.of(), Map.of())))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("line");
    assertThatThrownBy(() ->
            Settings.load(new Sources(List.of(folder.resolve("absent.yaml")), Map.of(), Map.of())))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("absent.yaml");
  }

  @Test
  void childrenGetEveryValueAsItIs() {
    Settings settings =
        load(Map.of("GRIZZ_QUEUE_LEASE", "45s", "PORT", "9000"))
            .with(Map.of("chat.system-prompt", " one\ntwo = \u00fc \\ # three"), "a test");
    Settings handed = Settings.handedOver(settings.handOver());
    assertThat(settings.get("queue.lease").text()).isEqualTo("45s");
    assertThat(handed.all()).hasSameSizeAs(settings.all());
    assertThat(settings.all())
        .allSatisfy(it -> assertThat(handed.get(it.key()).text()).isEqualTo(it.text()));
  }

  @Test
  void chosenValuesHaveKnownKeys() {
    assertThatThrownBy(() -> load(Map.of()).with(Map.of("queue.leese", "1s"), "a test"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("did you mean queue.lease?");
  }

  @Test
  void readmeTellsTheDefaults() throws IOException {
    Settings settings = load(Map.of());
    Pattern row = Pattern.compile("(?m)^\\| `([a-z.-]+)` \\| (?:`(.*?)`)? *\\|");
    List<MatchResult> rows =
        row.matcher(Files.readString(Path.of("../README.md"))).results().toList();
    assertThat(rows).hasSizeGreaterThan(10);
    assertThat(rows)
        .allSatisfy(found ->
            assertThat(settings.get(found.group(1)).text())
                .as(found.group(1))
                .isEqualTo(found.group(2) == null ? "" : found.group(2)));
  }

  private static Settings load(Map<String, String> environment) {
    return Settings.load(new Sources(List.of(), environment, Map.of()));
  }

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("grizz.yaml"), text);
  }
}
