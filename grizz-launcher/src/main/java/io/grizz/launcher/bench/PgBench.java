package io.grizz.launcher.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Postgres' own benchmark, run on the same server with as many statements of the same kinds, by as
 * many connections.
 *
 * @param program where it is
 * @param url of the database, with the password
 */
record PgBench(Path program, URI url) {

  private static final Pattern RATE = Pattern.compile("tps = ([0-9.]+) \\(without initial");
  private static final Path DEBIAN = Path.of("/usr/lib/postgresql");
  private static final String TABLES =
      """
      create schema bench;
      create table bench.keys (id int primary key, n int not null);
      create table bench.rows (id bigint generated always as identity primary key,
        key int not null references bench.keys (id), n int not null, body text not null);
      create index on bench.rows (key, n);
      insert into bench.keys select i, 0 from generate_series(1, 1000) i;
      insert into bench.rows (key, n, body) select i, 0, 'x' from generate_series(1, 1000) i;
      """;

  /** Finds it on this machine; it comes with Postgres, not with Grizz. */
  static Optional<PgBench> at(URI url) throws IOException {
    List<Path> places = new ArrayList<>();
    for (String folder : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
      places.add(Path.of(folder, "pgbench"));
    }
    if (Files.isDirectory(DEBIAN)) {
      try (DirectoryStream<Path> versions = Files.newDirectoryStream(DEBIAN)) {
        versions.forEach(version -> places.add(version.resolve("bin/pgbench")));
      }
    }
    return places.stream()
        .filter(Files::isExecutable)
        .findFirst()
        .map(program -> new PgBench(program, url));
  }

  /** Makes its tables. */
  void prepare() throws IOException, InterruptedException {
    Path script = written(TABLES.replace("\n", " ").replace("; ", ";\n"));
    run(script, List.of("-c", "1", "-t", "1"));
  }

  /**
   * Runs a script of this name again and again, over so many connections.
   *
   * @return how often a second
   */
  double rate(String name, int connections, int transactions) throws Exception {
    String sql;
    try (InputStream in = PgBench.class.getResourceAsStream(name + ".sql")) {
      if (in == null) {
        throw new IllegalStateException("the class path lacks the script " + name);
      }
      sql = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    int each = Math.max(1, transactions / connections);
    String said =
        run(
            written(sql),
            List.of("-M", "prepared", "-c", String.valueOf(connections), "-t", "" + each));
    Matcher rate = RATE.matcher(said);
    if (!rate.find()) {
      throw new IOException("pgbench said no rate: " + said);
    }
    return Double.parseDouble(rate.group(1));
  }

  private static Path written(String sql) throws IOException {
    return Files.writeString(Files.createTempFile("grizz-pgbench", ".sql"), sql);
  }

  private String run(Path script, List<String> options) throws IOException, InterruptedException {
    String[] account = url.getUserInfo().split(":", 2);
    List<String> words = new ArrayList<>(List.of(program.toString(), "-n", "-h", url.getHost()));
    words.addAll(List.of("-p", String.valueOf(url.getPort()), "-U", account[0]));
    words.addAll(options);
    words.addAll(List.of("-f", script.toString(), url.getPath().substring(1)));
    try {
      ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
      // why: arguments show in the process list
      builder.environment().put("PGPASSWORD", account[1]);
      Process process = builder.start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IOException("pgbench failed: " + said);
      }
      return said;
    } finally {
      Files.deleteIfExists(script);
    }
  }
}
