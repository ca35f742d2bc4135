package io.grizz.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.api.QueueConfig;
import io.grizz.redis.CutWire.Moment;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every transition in two stories, told again and again with the wire cut at each command in turn.
 * Whoever calls repeats a call that failed; in the end everything must stand as if nothing had
 * happened.
 */
@Execution(ExecutionMode.CONCURRENT)
class CrashPointsTest {

  private static final TestRedis REDIS = new TestRedis();

  /** Where the wire is cut. */
  enum Cut {
    BEFORE_SEND(Moment.BEFORE_SEND, false),
    BEFORE_REPLY(Moment.BEFORE_REPLY, false),
    TWICE_IN_A_ROW(Moment.BEFORE_REPLY, true);

    private final Moment moment;
    private final boolean again;

    Cut(Moment moment, boolean again) {
      this.moment = moment;
      this.again = again;
    }
  }

  @AfterAll
  static void stop() {
    REDIS.close();
  }

  @ParameterizedTest
  @EnumSource(Cut.class)
  void livesOfJobsGoOnAsIfTheWireWereWhole(Cut cut) throws Exception {
    requireUntroubled(cut, LifeStory::told);
  }

  @ParameterizedTest
  @EnumSource(Cut.class)
  void upkeepOfAQueueGoesOnAsIfTheWireWereWhole(Cut cut) throws Exception {
    requireUntroubled(cut, UpkeepStory::told);
  }

  private static void requireUntroubled(Cut cut, Function<Patience, Map<String, String>> story)
      throws Exception {
    try (CutWire wire = new CutWire(REDIS.uri())) {
      wire.cutAt(0, cut.moment);
      Map<String, String> untroubled = told(wire, cut, story);
      int commands = wire.commands();
      assertThat(commands).isGreaterThan(20);
      for (int nth = 1; nth <= commands; nth++) {
        wire.cutAt(nth, cut.moment);
        assertThat(told(wire, cut, story)).as("cut at command %d", nth).isEqualTo(untroubled);
      }
    }
  }

  private static Map<String, String> told(
      CutWire wire, Cut cut, Function<Patience, Map<String, String>> story) {
    QueueConfig config =
        QueueConfig.named("s" + UUID.randomUUID().toString().substring(0, 8))
            .withRetention(UpkeepStory.RETENTION);
    try (Patience patience = new Patience(wire, REDIS.uri(), config, cut.again)) {
      return story.apply(patience);
    }
  }
}
