package io.grizz.launcher.supervise;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A child's side of its pipes. */
class LifelineTest {

  private static final Duration BEAT = Duration.ofMillis(200);

  private final PipedOutputStream supervisor = new PipedOutputStream();
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
  private final Lifeline lifeline;

  LifelineTest() throws IOException {
    PipedInputStream in = new PipedInputStream(supervisor);
    lifeline = Lifeline.attach(in, new PrintStream(said, true, UTF_8), orders(), BEAT);
  }

  @AfterEach
  void endBeforeItTakesUsForAnOrphan() {
    lifeline.close();
  }

  @Test
  void readyIsSaidOnce() {
    lifeline.ready();
    await().until(() -> said.toString(UTF_8).contains("READY\n"));
  }

  @Test
  void lifeIsToldBeforeReadinessAndAfter() {
    await().until(() -> said.toString(UTF_8).startsWith("BEAT\nBEAT\n"));
    lifeline.ready();
    await().until(() -> said.toString(UTF_8).contains("READY\nBEAT\n"));
  }

  @Test
  void ordersReachTheirListener() throws Exception {
    order("states web=running,worker-1=down");
    assertThat(heard()).isEqualTo("states web=running,worker-1=down");
    order("dead worker-1-abc");
    assertThat(heard()).isEqualTo("dead worker-1-abc");
    await().until(() -> said.toString(UTF_8).contains("RELEASED worker-1-abc\n"));
    order("drain");
    assertThat(heard()).isEqualTo("drain");
    order("dance");
    await().until(() -> said.toString(UTF_8).contains("UNKNOWN dance\n"));
  }

  @Test
  void slowOrderDoesNotKeepTheNextWaiting() throws Exception {
    order("dead slow");
    assertThat(heard()).isEqualTo("dead slow");
    order("drain");
    assertThat(heard()).isEqualTo("drain");
    assertThat(said.toString(UTF_8)).doesNotContain("RELEASED slow");
    order("hurry");
  }

  @Test
  void endOfTheSupervisorIsAReasonToHurry() throws Exception {
    supervisor.close();
    assertThat(heard()).isEqualTo("hurry");
  }

  private void order(String line) throws IOException {
    supervisor.write((line + "\n").getBytes(UTF_8));
    supervisor.flush();
  }

  private String heard() throws InterruptedException {
    return String.valueOf(heard.poll(5, TimeUnit.SECONDS));
  }

  private Lifeline.Orders orders() {
    BlockingQueue<List<String>> hurried = new LinkedBlockingQueue<>();
    return new Lifeline.Orders() {
      @Override
      public void drain() {
        heard.add("drain");
      }

      @Override
      public void hurry() {
        heard.add("hurry");
        hurried.add(List.of());
      }

      @Override
      public void dead(String incarnation) {
        heard.add("dead " + incarnation);
        try {
          if (incarnation.equals("slow") && hurried.poll(5, TimeUnit.SECONDS) == null) {
            heard.add("nobody hurried");
          }
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }

      @Override
      public void states(String states) {
        heard.add("states " + states);
      }
    };
  }
}
