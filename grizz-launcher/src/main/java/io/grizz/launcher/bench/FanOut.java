package io.grizz.launcher.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.grizz.Chats;
import io.grizz.Grizz;
import io.grizz.api.Consumer.Emitted;
import io.grizz.api.Consumer.Event;
import io.grizz.api.Job;
import io.grizz.api.Lease;
import io.grizz.api.QueueConfig;
import io.grizz.chat.ChatConfig;
import io.grizz.chat.Frames;
import io.grizz.embedded.EmbeddedPostgres;
import io.grizz.launcher.gateway.Gateway;
import io.grizz.launcher.gateway.GatewayConfig;
import io.grizz.launcher.gateway.GatewayConfig.Auth;
import io.grizz.launcher.gateway.Stores;
import io.grizz.launcher.gateway.Tokens;
import io.grizz.launcher.settings.Records;
import io.grizz.launcher.settings.Settings;
import io.grizz.postgres.PostgresConfig;
import io.grizz.postgres.RecordConfig;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One event to many sockets, from the queue's doorbell on, beside a broadcast of the bare library
 * in the same process. At most a few events are on their way, so that nobody measures a pile.
 */
final class FanOut {

  private static final int EVENTS = 300;
  private static final int ON_THEIR_WAY = 50;
  private static final int SHORT_FRAME = 126;
  private static final double GOAL = 0.5;
  private static final double NANOS_PER_SECOND = 1e9;
  private static final long LOOK_MICROS = 50;
  private static final Duration LONGEST = Duration.ofSeconds(60);
  private static final String LOG = "bench";
  private static final String TEXT = " token";
  private static final UUID USER = UUID.randomUUID();

  private final int sockets;

  private FanOut(int sockets) {
    this.sockets = sockets;
  }

  static Row measure(int sockets, int rounds, Consumer<String> progress) throws Exception {
    FanOut fanOut = new FanOut(sockets);
    List<Double> bare = new ArrayList<>();
    List<Double> grizz = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    try (EmbeddedPostgres postgres = EmbeddedPostgres.temporary()) {
      for (int i = 0; i < rounds; i++) {
        progress.accept("fan-out to " + sockets + ", round " + (i + 1) + " of " + rounds);
        bare.add(fanOut.bare());
        grizz.add(fanOut.grizz(postgres));
        ratios.add(grizz.getLast() / bare.getLast());
      }
    }
    return Row.of("frames to all sockets", Figure.perSecond(median(grizz)))
        .beside(Figure.perSecond(median(bare)), median(ratios))
        .atLeast(Figure.ratio(GOAL));
  }

  /** The first only warms up. */
  private static double median(List<Double> rounds) {
    List<Double> warm = rounds.size() > 1 ? rounds.subList(1, rounds.size()) : rounds;
    return new Samples(warm.stream().mapToDouble(it -> it).toArray()).median();
  }

  /** Frames a second of the library's own broadcast. */
  private double bare() throws Exception {
    int port = FreePort.pair();
    BareServer server = new BareServer(port);
    server.open();
    List<LeanSocket> clients = new ArrayList<>();
    for (int i = 0; i < sockets; i++) {
      clients.add(LeanSocket.open(port, ""));
    }
    try (CountingReader reader = CountingReader.start(clients)) {
      return push(reader, UUID.randomUUID(), event -> server.broadcast(event.frame()));
    } finally {
      server.stop();
    }
  }

  /** The same through the gateway: one user, whose every connection watches one job. */
  private double grizz(EmbeddedPostgres postgres) throws Exception {
    GatewayConfig config = config(FreePort.pair());
    InstantSource clock = InstantSource.system();
    Job job =
        Bench.job("bench", "{}")
            .with(Job.Sender.ANONYMOUS.withUser(USER))
            .with(Job.Output.streaming(LOG));
    try (Grizz grizz = Grizz.inMemory(QueueConfig.named("bench"), clock)) {
      Chats chats =
          grizz.chats(
              PostgresConfig.parse(postgres.url().toString()),
              RecordConfig.DEFAULTS,
              ChatConfig.STANDARD);
      Bench.requireAccepted(grizz.queue().enqueue(job));
      Stores stores = new Stores(grizz.queue(), chats.record(), chats.chat());
      Gateway gateway = Gateway.open(config, stores, Gateway.Means.alone(clock, grizz::newId));
      try (io.grizz.api.Consumer consumer = grizz.queue().join("bench")) {
        Lease lease = consumer.take(1, Set.of()).leases().getFirst();
        String token = new Tokens(config.auth(), clock).issue(USER, LONGEST);
        List<LeanSocket> clients = new ArrayList<>();
        for (int i = 0; i < sockets; i++) {
          clients.add(watching(config.address().port() + 1, token, job.id()));
        }
        try (CountingReader reader = CountingReader.start(clients)) {
          return push(reader, job.id(), event -> requireWritten(consumer.emit(lease, event)));
        }
      } finally {
        gateway.close();
      }
    }
  }

  /** Sends all events, and returns how many frames a second came out. */
  private double push(CountingReader reader, UUID job, Consumer<Event> send)
      throws InterruptedException {
    long[] bytes = new long[EVENTS + 1];
    long begin = System.nanoTime();
    for (int i = 0; i < EVENTS; i++) {
      long seq = i + 2L; // the first says that it is queued
      String frame = Frames.delta(job, seq, (long) i * TEXT.length(), TEXT);
      int length = frame.getBytes(US_ASCII).length;
      bytes[i + 1] = bytes[i] + length + (length < SHORT_FRAME ? 2 : 4);
      send.accept(new Event(seq, frame));
      awaitBytes(reader, bytes[Math.max(0, i - ON_THEIR_WAY)], begin);
    }
    awaitBytes(reader, bytes[EVENTS], begin);
    return (double) EVENTS * sockets * NANOS_PER_SECOND / (System.nanoTime() - begin);
  }

  private void awaitBytes(CountingReader reader, long each, long begin)
      throws InterruptedException {
    while (reader.bytes() < each * sockets) {
      if (System.nanoTime() - begin > LONGEST.toNanos()) {
        throw new IllegalStateException(
            "only %d of %d bytes have come".formatted(reader.bytes(), each * sockets));
      }
      TimeUnit.MICROSECONDS.sleep(LOOK_MICROS);
    }
  }

  private static LeanSocket watching(int port, String token, UUID job) throws IOException {
    LeanSocket socket = LeanSocket.open(port, token);
    socket.send("{\"t\":\"hello\",\"id\":\"h\"}");
    socket.send("{\"t\":\"watch\",\"id\":\"w\",\"job\":\"" + job + "\"}");
    String heard = socket.text();
    while (!heard.contains("\"seq\":1,")) {
      heard = socket.text();
    }
    return socket;
  }

  private static void requireWritten(Emitted emitted) {
    if (!(emitted instanceof Emitted.Written)) {
      throw new IllegalStateException("an event was not written: " + emitted);
    }
  }

  private GatewayConfig config(int port) {
    Map<String, Settings.Flag> flags =
        Map.of(
            "gateway.port", flag(port),
            "gateway.connections-per-user", flag(sockets),
            "gateway.connections-per-address", flag(sockets),
            "gateway.accepts", flag(sockets));
    Settings settings = Settings.load(new Settings.Sources(List.of(), Map.of(), flags));
    String secret = UUID.randomUUID().toString() + UUID.randomUUID();
    Auth auth = new Records(settings).auth(secret, true);
    return new Records(settings).gateway(auth, true);
  }

  private static Settings.Flag flag(int value) {
    return new Settings.Flag(String.valueOf(value), "the benchmark");
  }
}
