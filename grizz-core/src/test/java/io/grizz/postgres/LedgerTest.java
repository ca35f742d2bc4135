package io.grizz.postgres;

import static io.grizz.postgres.RecordFixture.USAGE;
import static io.grizz.postgres.RecordFixture.done;
import static io.grizz.postgres.RecordFixture.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.api.ChatRecord.Acceptance;
import io.grizz.api.ChatRecord.Quote;
import io.grizz.api.ChatRecord.RecordedJob;
import io.grizz.api.ChatRecord.Usage;
import io.grizz.api.Ledger;
import io.grizz.postgres.RecordConfig.PerUser;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is counted of answers, and how a user's day is bounded. The fixture's clock says noon. */
@ExtendWith(TestPostgres.class)
class LedgerTest {

  private static final LocalDate TODAY = LocalDate.of(2026, 3, 4);
  private static final Usage CUT_OFF = new Usage("gpt-x", "", 10, 4, 0, 0, true, 26, 0, 0);

  private final RecordFixture given;

  LedgerTest(TestPostgres.Server server) {
    this.given = new RecordFixture(server);
  }

  @AfterEach
  void close() {
    given.close();
  }

  @Test
  void everyRunCountsOnceAlsoOneThatFailed() {
    RecordedJob job = given.asked(given.alice, "hello");
    given.record.begin(job.id(), 1);
    given.record.spent(job.id(), 1, CUT_OFF);
    given.record.spent(job.id(), 1, CUT_OFF);
    given.record.begin(job.id(), 2);
    given.record.finish(job.id(), 2, done("hi"));
    given.record.finish(job.id(), 2, done("hi"));

    assertThat(days(given.alice))
        .containsExactly(
            new Ledger.Day(
                given.alice,
                TODAY,
                2,
                1,
                new Ledger.Tokens(10 + USAGE.input(), 4 + USAGE.output(), USAGE.cached()),
                26 + USAGE.costMicros()));
    assertThat(days(given.bob)).isEmpty();
  }

  @Test
  void oldDaysAreTrimmedInSmallBatchesAndOthersStay() {
    for (int i = 0; i < 3; i++) {
      given.answered(given.asked(given.alice, "q"), i + 1, "a");
    }
    given.pass(Duration.ofDays(1));
    given.answered(given.asked(given.alice, "q"), 9, "a");

    assertThat(given.record.ledger().trim(TODAY, 9)).as("none is older").isZero();
    assertThat(given.record.ledger().trim(TODAY.plusDays(1), 2)).isEqualTo(2);
    assertThat(all()).extracting(Ledger.Day::runs).containsExactly(1, 1);
    assertThat(given.record.ledger().trim(TODAY.plusDays(1), 2)).isEqualTo(1);
    assertThat(all()).extracting(Ledger.Day::day).containsExactly(TODAY.plusDays(1));
  }

  private List<Ledger.Day> all() {
    return given.record.ledger().days(Optional.empty(), TODAY, TODAY.plusDays(9), 9);
  }

  @Test
  void runThatOwnsNothingAnyMoreSpendsAllTheSame() {
    RecordedJob job = given.asked(given.alice, "hello");
    given.record.begin(job.id(), 2);
    given.record.spent(job.id(), 1, CUT_OFF);

    assertThat(days(given.alice)).extracting(Ledger.Day::costMicros).containsExactly(26L);
  }

  @Test
  void daysComeLatestFirstAndOfOneTheDearestUser() {
    given.answered(given.asked(given.alice, "q"), 1, "a");
    given.pass(Duration.ofDays(1));
    RecordedJob cheap = given.asked(given.alice, "q");
    given.record.begin(cheap.id(), 1);
    given.record.spent(cheap.id(), 1, CUT_OFF);
    given.answered(given.asked(given.bob, "q"), 1, "a");

    assertThat(given.record.ledger().days(Optional.empty(), TODAY, TODAY.plusDays(1), 9))
        .extracting(Ledger.Day::day, Ledger.Day::user)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(TODAY.plusDays(1), given.bob),
            org.assertj.core.groups.Tuple.tuple(TODAY.plusDays(1), given.alice),
            org.assertj.core.groups.Tuple.tuple(TODAY, given.alice));
    assertThat(given.record.ledger().days(Optional.empty(), TODAY, TODAY.plusDays(1), 1))
        .hasSize(1);
  }

  @Test
  void messagesAreRefusedOnceTheDayIsUsedUpAndAcceptedOnTheNext() {
    PostgresRecord record = bounded(100, Optional.of(60L));
    given.answered(given.asked(given.alice, "q"), 1, "a");

    assertThat(record.accept(message(given.alice, "more"), new Quote(20, 0)))
        .isEqualTo(new Acceptance.OverBudget(Duration.ofHours(12)));
    assertThat(record.accept(message(given.bob, "others may"), new Quote(20, 0)))
        .isInstanceOf(Acceptance.Accepted.class);
    assertThat(record.ledger().allowance(given.alice))
        .contains(new Ledger.Allowance(Optional.of(60L - 12 - 34), Optional.empty()));

    given.pass(Duration.ofHours(12));
    assertThat(record.accept(message(given.alice, "more"), new Quote(20, 0)))
        .isInstanceOf(Acceptance.Accepted.class);
  }

  @Test
  void costIsBoundedAsTokensAre() {
    PostgresRecord record =
        given.recordWith(
            RecordConfig.DEFAULTS.withUser(
                new PerUser(100, Optional.empty(), Optional.of(USAGE.costMicros() + 10))));
    given.answered(given.asked(given.alice, "q"), 1, "a");

    assertThat(record.accept(message(given.alice, "dear"), new Quote(1, 11)))
        .isInstanceOf(Acceptance.OverBudget.class);
    assertThat(record.accept(message(given.alice, "cheap"), new Quote(1, 10)))
        .isInstanceOf(Acceptance.Accepted.class);
  }

  @Test
  void fiftyMessagesAtATimeAreQuotedOneByOne() throws Exception {
    PostgresRecord record = bounded(100, Optional.of(95L));
    List<Callable<Acceptance>> sends = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      sends.add(() -> record.accept(message(given.alice, "q"), new Quote(10, 0)));
    }
    int accepted = 0;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Acceptance> each : threads.invokeAll(sends)) {
        accepted += each.get() instanceof Acceptance.Accepted ? 1 : 0;
      }
    }
    assertThat(accepted).isEqualTo(9);
  }

  @Test
  void jobThatEndedCountsWhatItUsedAndNoLongerWhatItMight() {
    PostgresRecord record = bounded(100, Optional.of(100L));
    Acceptance first = record.accept(message(given.alice, "q"), new Quote(90, 0));
    assertThat(record.accept(message(given.alice, "q"), new Quote(50, 0)))
        .isInstanceOf(Acceptance.OverBudget.class);
    given.answered(((Acceptance.Accepted) first).job(), 1, "a");

    assertThat(record.accept(message(given.alice, "q"), new Quote(50, 0)))
        .isInstanceOf(Acceptance.Accepted.class);
  }

  @Test
  void repeatOfAnAcceptedMessageIsNoQuestionOfMoney() {
    PostgresRecord record = bounded(100, Optional.of(10L));
    var message = message(given.alice, "q");
    assertThat(record.accept(message, new Quote(10, 0))).isInstanceOf(Acceptance.Accepted.class);
    assertThat(record.accept(message, new Quote(10, 0))).isInstanceOf(Acceptance.Duplicate.class);
  }

  private PostgresRecord bounded(int inFlight, Optional<Long> tokens) {
    return given.recordWith(
        RecordConfig.DEFAULTS.withUser(new PerUser(inFlight, tokens, Optional.empty())));
  }

  private List<Ledger.Day> days(UUID user) {
    return given.record.ledger().days(Optional.of(user), TODAY, TODAY, 9);
  }
}
