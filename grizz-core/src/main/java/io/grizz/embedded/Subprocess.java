package io.grizz.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Short commands that are run to their end. */
final class Subprocess {

  private Subprocess() {}

  /** Runs a command without input. */
  static Ended run(List<String> command) throws IOException {
    return run(new ProcessBuilder(command), InputStream.nullInputStream());
  }

  /** Runs a command in a directory. */
  static Ended run(List<String> command, Path directory, InputStream input) throws IOException {
    return run(new ProcessBuilder(command).directory(directory.toFile()), input);
  }

  /** What a server's child may know of our environment: no secret. */
  static void strip(ProcessBuilder builder) {
    String path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
    builder.environment().clear();
    builder.environment().put("PATH", path);
    builder.environment().put("LC_ALL", "C");
  }

  private static Ended run(ProcessBuilder builder, InputStream input) throws IOException {
    strip(builder);
    Process process = builder.redirectErrorStream(true).start();
    try {
      try (var in = process.getOutputStream()) {
        input.transferTo(in);
      } catch (IOException e) {
        // why: it ended before it read all; its exit code and its words say why
        process.getOutputStream().close();
      }
      String said =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      return new Ended(process.waitFor(), said);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EmbeddedServerException("interrupted while a server was made ready", e);
    } finally {
      process.destroyForcibly();
    }
  }

  /**
   * How a command ended.
   *
   * @param said its output and errors
   */
  record Ended(int code, String said) {
    boolean succeeded() {
      return code == 0;
    }

    /** Throws unless it succeeded. */
    Ended orFail(String doing) {
      if (!succeeded()) {
        throw new EmbeddedServerException(doing + " failed (exit code " + code + "): " + said);
      }
      return this;
    }
  }
}
