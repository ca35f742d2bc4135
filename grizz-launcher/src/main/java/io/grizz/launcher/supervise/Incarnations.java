package io.grizz.launcher.supervise;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The incarnations that may hold jobs, on disk: a launcher that was killed cannot release them, and
 * the next one does. Belongs to the supervisor's thread.
 */
public final class Incarnations {

  private final Path file;
  private final Set<String> names;

  private Incarnations(Path file, Set<String> names) {
    this.file = file;
    this.names = names;
  }

  /** Reads what an earlier launcher left. */
  public static Incarnations in(Path directory) {
    Path file = directory.resolve("incarnations");
    try {
      return new Incarnations(
          file, new LinkedHashSet<>(Files.exists(file) ? Files.readAllLines(file) : List.of()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All of them. */
  Set<String> names() {
    return Set.copyOf(names);
  }

  void add(String name) {
    if (names.add(name)) {
      write();
    }
  }

  void remove(String name) {
    if (names.remove(name)) {
      write();
    }
  }

  private void write() {
    try {
      Path fresh = Files.write(file.resolveSibling("incarnations.new"), names);
      Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
