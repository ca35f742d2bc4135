package io.grizz.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What the workers of an arena wrote down about their runs. */
record Journal(List<Line> lines) {

  static final char STARTED = 'S';
  static final char COMPLETED = 'C';
  static final char FENCED = 'F';

  /** Given back for another run: put off, released, retried. */
  static final char GIVEN_BACK = 'G';

  private static final Pattern LINE = Pattern.compile("([SCFG]) (\\S{36}) (\\d+)");

  /** One line of one worker. */
  record Line(String worker, char what, UUID job, long millis) {}

  /** The end of a worker. */
  record Kill(String worker, long millis) {}

  /** A line as a worker writes it. */
  static String line(char what, UUID job) {
    return what + " " + job + " " + System.currentTimeMillis() + "\n";
  }

  /** Reads the journals of these workers; a line that a kill cut off is none. */
  static Journal read(Path directory, Collection<String> workers) throws IOException {
    List<Line> lines = new ArrayList<>();
    for (String worker : workers) {
      Path file = directory.resolve(worker);
      for (String text : Files.exists(file) ? Files.readAllLines(file) : List.<String>of()) {
        Matcher line = LINE.matcher(text);
        if (line.matches()) {
          lines.add(
              new Line(
                  worker,
                  line.group(1).charAt(0),
                  UUID.fromString(line.group(2)),
                  Long.parseLong(line.group(3))));
        }
      }
    }
    return new Journal(List.copyOf(lines));
  }

  long count(char what) {
    return lines.stream().filter(line -> line.what() == what).count();
  }

  long count(char what, UUID job) {
    return lines.stream().filter(line -> line.what() == what && line.job().equals(job)).count();
  }

  /** How often each job completed. */
  Map<UUID, Integer> completions() {
    Map<UUID, Integer> completions = new HashMap<>();
    lines.stream()
        .filter(line -> line.what() == COMPLETED)
        .forEach(line -> completions.merge(line.job(), 1, Integer::sum));
    return completions;
  }

  /** For each job that a killed worker ran: the ms until it started elsewhere. */
  List<Long> restarts(List<Kill> kills) {
    return kills.stream().flatMap(this::restarts).sorted().toList();
  }

  private Stream<Long> restarts(Kill kill) {
    Set<UUID> open = new HashSet<>();
    for (Line line : lines) {
      if (line.worker().equals(kill.worker()) && line.what() == STARTED) {
        open.add(line.job());
      } else if (line.worker().equals(kill.worker())) {
        open.remove(line.job());
      }
    }
    return open.stream()
        .flatMap(job ->
            lines.stream()
                .filter(line -> line.what() == STARTED && line.job().equals(job))
                .filter(line -> !line.worker().equals(kill.worker()))
                .map(line -> line.millis() - kill.millis())
                .filter(after -> after >= 0)
                .min(Long::compare)
                .stream());
  }
}
