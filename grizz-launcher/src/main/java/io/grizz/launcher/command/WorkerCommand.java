package io.grizz.launcher.command;

import io.grizz.Chats;
import io.grizz.Grizz;
import io.grizz.api.Consumer.Reaped;
import io.grizz.api.ModelCall;
import io.grizz.chat.Repair;
import io.grizz.launcher.settings.Records;
import io.grizz.launcher.settings.Settings;
import io.grizz.launcher.telemetry.HeldEvents;
import io.grizz.launcher.telemetry.LeftMeters;
import io.grizz.model.ChatModel;
import io.grizz.model.HeardModel;
import io.grizz.model.LimitedModel;
import io.grizz.model.ModelConfig;
import io.grizz.model.OpenAiChatModel;
import io.grizz.postgres.SessionScope;
import io.grizz.redis.RedisLimits;
import io.grizz.worker.Worker;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** One worker process. */
@Command(name = "worker", description = "Answers messages: one worker process, without a launcher.")
final class WorkerCommand implements Callable<Integer> {

  private static final Logger LOG = LoggerFactory.getLogger(WorkerCommand.class);
  private static final Duration LOOK = Duration.ofMillis(50);
  private static final Duration RECYCLING_LOOK = Duration.ofSeconds(1);
  private static final UUID NOBODY = new UUID(0, 0);

  @Mixin private SettingsOptions options;

  WorkerCommand() {
    this(new SettingsOptions());
  }

  WorkerCommand(SettingsOptions options) {
    this.options = options;
  }

  @Override
  public Integer call() throws InterruptedException {
    Settings settings = options.load();
    Records records = new Records(settings);
    String incarnation = Duty.incarnation().orElseGet(() -> "worker-" + UUID.randomUUID());
    AtomicReference<@Nullable Worker> working = new AtomicReference<>();
    HeldEvents events = new HeldEvents();
    try (Duty duty =
            Duty.begin(
                records.supervisor().beat(), dead -> release(working.get(), dead), states -> {});
        Grizz grizz = Grizz.open(records.redis(), records.queue(), events);
        RedisLimits limits = limits(records);
        ChatModel model = model(records, limits, events::on)) {
      Chats chats =
          grizz.chats(
              SessionScope.open(records.database("session.pool-size-worker"), events),
              records.record(),
              records.chat());
      Worker worker =
          chats
              .worker(new Chats.Post(name(incarnation), incarnation), model, records.worker())
              .heardBy(events);
      boolean ready =
          Patience.until(duty, "Redis", () -> grizz.queue().stats())
              && Patience.until(duty, "Postgres", () -> chats.record().job(NOBODY, NOBODY));
      if (ready) {
        working.set(worker);
        WorkerMeters all = new WorkerMeters(grizz, limits, chats, worker);
        try (LeftMeters meters = all.leftIn(Home.meters(settings), name(incarnation), events)) {
          work(duty, all, records.supervisor().drain(), () -> measure(meters, events));
        }
      }
      // why: what it still holds is for the supervisor to release, as after a crash
      return worker.running() == 0 ? 0 : 1;
    }
  }

  static RedisLimits limits(Records records) {
    ModelConfig model = records.model();
    Duration longest = model.patience().total().plus(model.patience().connect());
    return RedisLimits.open(records.redis(), model.provider(), records.providerLimits(), longest);
  }

  static ChatModel model(Records records, RedisLimits limits, Consumer<ModelCall> calls) {
    return new LimitedModel(
        new HeardModel(OpenAiChatModel.open(records.model()), calls),
        limits,
        records.chat().model().answerTokens());
  }

  /** A worker that nobody supervises is measured by nobody. */
  private static void measure(LeftMeters meters, HeldEvents events) {
    if (Duty.incarnation().isPresent()) {
      meters.start();
    } else {
      events.drop();
    }
  }

  private static void work(Duty duty, WorkerMeters all, Duration grace, Runnable whenReady)
      throws InterruptedException {
    Worker worker = all.worker();
    worker.start();
    try (Repair repair = all.chats().repair()) {
      repair.start();
      duty.ready();
      whenReady.run();
      awaitEnd(duty, worker);
      LOG.info("draining: {} jobs run", worker.running());
      worker.quiesce();
      long end = System.nanoTime() + grace.toNanos();
      while (worker.running() > 0 && System.nanoTime() - end < 0 && !duty.awaitHurry(LOOK)) {
        LOG.debug("{} jobs still run", worker.running());
      }
      worker.drain(Duration.ZERO);
    }
  }

  /**
   * Until it is told to stop, or has lost so many slots to stuck threads that a new one serves
   * better.
   */
  private static void awaitEnd(Duty duty, Worker worker) throws InterruptedException {
    while (!duty.awaitDrain(RECYCLING_LOOK)) {
      if (worker.wantsRecycling()) {
        LOG.warn("too many threads ignore their interrupt: this process ends, for a new one");
        return;
      }
    }
  }

  private static void release(@Nullable Worker worker, String dead) {
    if (worker != null) {
      Reaped reaped = worker.release(dead);
      LOG.atLevel(reaped.equals(Reaped.NOTHING) ? Level.DEBUG : Level.INFO)
          .log("{} is dead: {} jobs wait again", dead, reaped.again());
    }
  }

  private static String name(String incarnation) {
    int dash = incarnation.lastIndexOf('-');
    return dash > 0 ? incarnation.substring(0, dash) : incarnation;
  }
}
