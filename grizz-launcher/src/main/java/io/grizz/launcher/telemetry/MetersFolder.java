package io.grizz.launcher.telemetry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where processes that nobody can ask leave what they measure: one file for each, which is replaced
 * as a whole. A file that grows old is of a process that is gone, or hangs, and is left out.
 */
public final class MetersFolder {

  private static final Logger LOG = LoggerFactory.getLogger(MetersFolder.class);
  private static final Duration FRESH = Duration.ofSeconds(15);
  private static final String SUFFIX = ".prom";

  private final Path folder;
  private final InstantSource clock;

  public MetersFolder(Path folder, InstantSource clock) {
    this.folder = folder;
    this.clock = clock;
  }

  /** Makes the folder, and empties it; a launcher does so before its processes start. */
  public void make() throws IOException {
    Files.createDirectories(folder);
    for (Path file : files()) {
      Files.deleteIfExists(file);
    }
  }

  /** Replaces what a process has left. */
  void leave(String process, String text) throws IOException {
    Path file = file(process);
    Path fresh = folder.resolve(process + ".new");
    Files.writeString(fresh, text);
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Takes away what a process has left. */
  void takeAway(String process) throws IOException {
    Files.deleteIfExists(file(process));
  }

  /** A text and what the processes have left, as one text. */
  public String with(String text) {
    List<String> all = new ArrayList<>(List.of(text));
    files().forEach(file -> fresh(file).ifPresent(all::add));
    return Exposition.of(all);
  }

  private List<Path> files() {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(it -> it.toString().endsWith(SUFFIX)).sorted().toList();
    } catch (IOException e) {
      LOG.debug("nothing was left in {}: {}", folder, e.toString());
      return List.of();
    }
  }

  private Optional<String> fresh(Path file) {
    try {
      Instant left = Files.getLastModifiedTime(file).toInstant();
      return clock.instant().isBefore(left.plus(FRESH))
          ? Optional.of(Files.readString(file))
          : Optional.empty();
    } catch (IOException e) {
      LOG.debug("{} is gone: {}", file, e.toString());
      return Optional.empty();
    }
  }

  private Path file(String process) {
    return folder.resolve(process + SUFFIX);
  }
}
