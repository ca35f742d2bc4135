package io.grizz.launcher.gateway;

import io.grizz.Grizz;
import io.grizz.api.ChatRecord.Ending;
import io.grizz.api.ChatRecord.Usage;
import io.grizz.api.Consumer;
import io.grizz.api.Job;
import io.grizz.api.JobState;
import io.grizz.api.Lease;
import io.grizz.api.QueueConfig;
import io.grizz.api.Settled;
import io.grizz.api.Settlement;
import io.grizz.chat.Chat;
import io.grizz.chat.ChatConfig;
import io.grizz.chat.Frames;
import io.grizz.launcher.FreePorts;
import io.grizz.redis.RedisConfig;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;

/** A gateway before a queue whose jobs the test itself runs, event by event. */
public final class GatewayByHand implements AutoCloseable {

  /** The name of every job's output log. */
  public static final String LOG = "byhand";

  public final int port = FreePorts.pair();
  private final String queue;
  private final Grizz grizz;
  private final Consumer consumer;
  private final Gateway gateway;

  /** Opens one on the servers of a running Grizz. */
  public GatewayByHand(RunningGrizz running) throws IOException, InterruptedException {
    this(running, config -> config);
  }

  /** The same with other settings. */
  public GatewayByHand(RunningGrizz running, UnaryOperator<GatewayConfig> change)
      throws IOException, InterruptedException {
    // why its own: a test beside this one would take its jobs
    queue = "by-hand-" + UUID.randomUUID().toString().substring(0, 8);
    grizz = Grizz.open(RedisConfig.at(running.redis.uri()), QueueConfig.named(queue));
    consumer = grizz.queue().join("by-hand-" + UUID.randomUUID());
    gateway =
        Gateway.open(
            change.apply(RunningGrizz.config(port)),
            new Stores(
                grizz.queue(),
                running.chats.record(),
                new Chat(running.chats.record(), grizz.queue(), ChatConfig.STANDARD)),
            Gateway.Means.alone(InstantSource.system(), grizz::newId));
  }

  /** How all keys of a job begin. */
  String keys(UUID job) {
    return "grizz:{" + queue + "}:*" + job + "*";
  }

  public int wsPort() {
    return port + 1;
  }

  Gateway.Standing standing() {
    return gateway.standing();
  }

  /** Starts a job of this user's. */
  public Answer begin(UUID user) {
    Job job =
        grizz
            .job("by-hand", "{}")
            .with(Job.Sender.ANONYMOUS.withUser(user))
            .with(Job.Output.streaming(LOG));
    if (grizz.queue().enqueue(job) == null) {
      throw new IllegalStateException("not accepted");
    }
    List<Lease> leases = consumer.take(1, Set.of()).leases();
    return new Answer(leases.getFirst());
  }

  /** What the test writes. For one thread at a time. */
  public final class Answer {
    private final Lease lease;
    private long seq;
    private long off;

    private Answer(Lease lease) {
      this.lease = lease;
      this.seq = lease.seq();
    }

    public UUID job() {
      return lease.job().id();
    }

    /** Whether somebody asked for its end. */
    boolean cancelled() {
      return grizz.queue().find(job()).orElseThrow().cancelAsked();
    }

    public void say(String text) {
      String frame = Frames.delta(job(), ++seq, off, text);
      off += text.length();
      Consumer.Emitted emitted = consumer.emit(lease, new Consumer.Event(seq, frame));
      if (!(emitted instanceof Consumer.Emitted.Written)) {
        throw new IllegalStateException("not written: " + emitted);
      }
    }

    public void end() {
      Ending ending = new Ending(JobState.COMPLETED, "", Optional.empty(), Usage.NONE);
      Consumer.Event last = new Consumer.Event(++seq, Frames.terminal(job(), seq, ending));
      Settled settled = consumer.settle(lease, new Settlement.Complete("{}"), Optional.of(last));
      if (settled == Settled.FENCED) {
        throw new IllegalStateException("fenced");
      }
    }
  }

  @Override
  public void close() {
    gateway.close();
    consumer.close();
    grizz.close();
  }
}
