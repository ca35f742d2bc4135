package io.grizz.launcher.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.launcher.FreePorts;
import io.grizz.launcher.LaunchedGrizz;
import io.grizz.launcher.LaunchedGrizz.Ran;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** S44: where secrets of a launched Grizz must not be seen. */
class SecretsIT {

  @TempDir private Path directory;

  @Test
  void S44_secretsAreInFilesAndTheEnvironmentOnly_andMaskedWhereverTheyAreShown() throws Exception {
    try (LaunchedGrizz grizz = LaunchedGrizz.start(directory, FreePorts.pair(), "--workers", "1")) {
      List<String> secrets = secrets(grizz.data);
      assertThat(secrets).as("of tokens, of Redis, of Postgres").hasSizeGreaterThan(2);
      assertThat(grizz.all()).hasSizeGreaterThan(5);
      for (ProcessHandle process : grizz.all()) {
        assertThat(arguments(process)).doesNotContain(secrets);
      }
      assertThat(grizz.out() + grizz.err()).doesNotContain(secrets);
    }
    Map<String, String> environment =
        Map.of(
            "REDIS_URL", "redis://:red1s-secret@127.0.0.1:1",
            "DATABASE_URL", "postgresql://u:p0stgres-secret@127.0.0.1:1/db",
            "OPENAI_API_KEY", "m0del-secret",
            "SUPABASE_JWT_SECRET", "t0ken-secret-of-more-than-32-bytes-in-all");
    for (String command : List.of("config", "doctor")) {
      Ran ran = LaunchedGrizz.run(environment, command, "--data", directory + "/other");
      assertThat(ran.out() + ran.err())
          .as(command)
          .isNotBlank()
          .doesNotContain("red1s", "p0stgres", "m0del-secret", "t0ken");
    }
  }

  /** What stands in the files of the data directory that hold one secret each. */
  private static List<String> secrets(Path data) throws IOException {
    try (Stream<Path> files = Files.walk(data, 3)) {
      List<Path> secret =
          files.filter(it -> it.toString().matches(".*[./](secret|password)")).toList();
      return secret.stream().map(SecretsIT::read).filter(it -> it.length() > 8).toList();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String arguments(ProcessHandle process) {
    try {
      return Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"));
    } catch (IOException e) {
      return process.info().commandLine().orElse("");
    }
  }
}
