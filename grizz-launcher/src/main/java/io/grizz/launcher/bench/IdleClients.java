package io.grizz.launcher.bench;

import io.grizz.embedded.EmbeddedPostgres;
import io.grizz.embedded.EmbeddedRedis;
import io.grizz.launcher.gateway.Tokens;
import io.grizz.launcher.settings.Records;
import io.grizz.launcher.settings.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.UUID;
import java.util.regex.Pattern;

/** What a web process of its own costs while its clients do nothing. */
final class IdleClients {

  private static final int OF_ONE_USER = 5;
  private static final Duration TOKEN = Duration.ofHours(1);
  private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s*(\\d+) kB");
  private static final Pattern USED = Pattern.compile("(?i)(?:def|ten)\\S* .*?used (\\d+)K");
  private static final double KIB_PER_MIB = 1024;

  private IdleClients() {}

  static List<Row> measure(List<String> web, int count) throws Exception {
    String secret = UUID.randomUUID().toString() + UUID.randomUUID();
    Settings shipped = Settings.load(new Settings.Sources(List.of(), Map.of(), Map.of()));
    Tokens tokens = new Tokens(new Records(shipped).auth(secret, false), InstantSource.system());
    List<LeanSocket> clients = new ArrayList<>();
    try (EmbeddedRedis redis = EmbeddedRedis.temporary();
        EmbeddedPostgres postgres = EmbeddedPostgres.temporary();
        ChildGrizz grizz =
            ChildGrizz.start(
                web,
                List.of(),
                Map.of(
                    "GRIZZ_INCARNATION",
                    "bench", // so that it says when it is ready
                    "REDIS_URL",
                    redis.uri().toString(),
                    "DATABASE_URL",
                    postgres.url().toString(),
                    "SUPABASE_JWT_SECRET",
                    secret))) {
      clients.addAll(connected(grizz.port(), tokens, OF_ONE_USER));
      OptionalDouble before = heap(grizz.pid());
      clients.addAll(connected(grizz.port(), tokens, count - OF_ONE_USER));
      OptionalDouble after = heap(grizz.pid());
      List<Row> rows = new ArrayList<>();
      if (before.isPresent() && after.isPresent()) {
        double each = (after.getAsDouble() - before.getAsDouble()) / (count - OF_ONE_USER);
        rows.add(
            Row.of("heap of an idle connection", Figure.kibibytes(each))
                .atMost(Figure.kibibytes(20)));
      }
      rows.add(
          Row.of("resident memory with %,d idle".formatted(count), resident(grizz.pid()))
              .atMost(Figure.megabytes(300)));
      return rows;
    } finally {
      for (LeanSocket client : clients) {
        client.close();
      }
    }
  }

  private static List<LeanSocket> connected(int port, Tokens tokens, int count) throws IOException {
    List<LeanSocket> clients = new ArrayList<>();
    String token = "";
    for (int i = 0; i < count; i++) {
      token = i % OF_ONE_USER == 0 ? tokens.issue(UUID.randomUUID(), TOKEN) : token;
      LeanSocket client = LeanSocket.open(port, token);
      client.send("{\"t\":\"hello\",\"id\":\"h\"}");
      client.text();
      clients.add(client);
    }
    return clients;
  }

  /** What is in use after a full collection, in KiB; empty where there is no JDK to ask. */
  private static OptionalDouble heap(long pid) throws IOException {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    if (!Files.isExecutable(jcmd)) {
      return OptionalDouble.empty();
    }
    String collected = run(jcmd, pid, "GC.run");
    String info = run(jcmd, pid, "GC.heap_info");
    double used =
        USED.matcher(info).results().mapToDouble(it -> Double.parseDouble(it.group(1))).sum();
    if (used == 0) {
      throw new IOException("the heap cannot be read: " + collected + info);
    }
    return OptionalDouble.of(used);
  }

  private static String run(Path jcmd, long pid, String order) throws IOException {
    Process process =
        new ProcessBuilder(jcmd.toString(), String.valueOf(pid), order)
            .redirectErrorStream(true)
            .start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private static Figure resident(long pid) throws IOException {
    String status = Files.readString(Path.of("/proc", String.valueOf(pid), "status"));
    return RESIDENT
        .matcher(status)
        .results()
        .findFirst()
        .map(it -> Figure.megabytes(Double.parseDouble(it.group(1)) / KIB_PER_MIB))
        .orElseThrow(() -> new IOException("the system does not say how much memory is in use"));
  }
}
