package io.grizz.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.grizz.api.ProviderLimits;
import io.grizz.api.QueueUnavailableException;
import io.grizz.model.ModelException.Verdict;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What a call says to its provider's limits before and after. */
class LimitedModelTest {

  private static final ChatRequest REQUEST =
      new ChatRequest("m", List.of(new ChatRequest.Message("user", "x".repeat(40))), options());

  private static final ChatRequest LONGER =
      new ChatRequest("m", List.of(new ChatRequest.Message("user", "x".repeat(80))), options());

  private final ScriptedModel scripted = new ScriptedModel();
  private final Told told = new Told();
  private final ChatModel model = new LimitedModel(scripted, told, 1_000);

  @Test
  void callReservesWhatItMayUseAndSettlesWhatItUsed() throws Exception {
    scripted.then("fine");

    assertThat(model.stream(REQUEST, text -> {}).finish()).isEqualTo("stop");
    assertThat(told.words).containsExactly("reserve 110", "settle 46");
  }

  @Test
  void callThatHasToWaitIsPutOffAndDoesNotReachTheProvider() {
    told.wait = Optional.of(Duration.ofSeconds(7));

    assertThatThrownBy(() -> model.stream(REQUEST, text -> {}))
        .isInstanceOfSatisfying(
            ModelException.class,
            it -> {
              assertThat(it.verdict()).isEqualTo(Verdict.SNOOZE);
              assertThat(it.retryAfter()).isEqualTo(Duration.ofSeconds(7));
              assertThat(it.code()).isEqualTo("rate_limited");
            });
    assertThat(scripted.calls()).isEmpty();
    assertThat(told.words).containsExactly("reserve 110");
  }

  @Test
  void placeIsAskedForFirstMadeLargerForTheWholeRequestAndUsedByItsCall() throws Exception {
    scripted.then("fine");
    try (ChatModel.Place place = model.place(REQUEST)) {
      assertThat(scripted.calls()).isEmpty();
      place.fit(REQUEST);
      place.fit(LONGER);
      assertThat(place.stream(LONGER, text -> {}).finish()).isEqualTo("stop");
    }
    assertThat(told.words).containsExactly("reserve 110", "reserve 120", "settle 46");
  }

  @Test
  void placeThatIsNotUsedIsGivenBack() throws Exception {
    ChatModel.Place place = model.place(REQUEST);
    told.wait = Optional.of(Duration.ofSeconds(7));
    assertThatThrownBy(() -> place.fit(LONGER))
        .isInstanceOfSatisfying(
            ModelException.class, it -> assertThat(it.verdict()).isEqualTo(Verdict.SNOOZE));
    place.close();

    assertThat(told.words).containsExactly("reserve 110", "reserve 120", "give back");
    assertThat(scripted.calls()).isEmpty();
  }

  @Test
  void refusalOfTheProviderHoldsEverybodyOff() {
    scripted.then(sink -> {
      throw ScriptedModel.limited(Duration.ofSeconds(9));
    });

    assertThatThrownBy(() -> model.stream(REQUEST, text -> {})).isInstanceOf(ModelException.class);
    assertThat(told.words).containsExactly("reserve 110", "pause 9", "settle 0");
  }

  @Test
  void callThatWasInterruptedIsSettledWithWhatItHadSaid() throws Exception {
    scripted.then(sink -> {
      sink.text("y".repeat(8));
      Thread.currentThread().interrupt();
      throw new InterruptedException();
    });

    Throwable thrown = catchThrowable(() -> model.stream(REQUEST, text -> {}));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(thrown).isInstanceOf(InterruptedException.class);
    assertThat(told.words).containsExactly("reserve 110", "settle 12");
  }

  @Test
  void storeThatIsAwayAfterwardsDoesNotSpoilTheAnswer() throws Exception {
    scripted.then("fine");
    told.away = true;

    assertThat(model.stream(REQUEST, text -> {}).finish()).isEqualTo("stop");
  }

  @Test
  void limitsAreThoseOfOneKeyAtOneAddress() {
    ModelConfig config = ModelConfig.at(URI.create("https://h.example/v1"), Optional.of("k1"));
    ModelConfig elsewhere = ModelConfig.at(URI.create("https://g.example/v1"), Optional.of("k1"));
    ModelConfig other = ModelConfig.at(config.uri(), Optional.of("k2"));

    assertThat(config.provider())
        .isEqualTo(
            ModelConfig.at(URI.create("https://H.example/v1/"), Optional.of("k1")).provider())
        .isNotEqualTo(other.provider())
        .isNotEqualTo(elsewhere.provider())
        .doesNotContain("k1");
  }

  private static ChatRequest.Options options() {
    return new ChatRequest.Options(OptionalDouble.empty(), OptionalInt.of(100));
  }

  /** Limits that write down what they are told. */
  private static final class Told implements ProviderLimits {
    private final List<String> words = new ArrayList<>();
    private Optional<Duration> wait = Optional.empty();
    private boolean away;

    @Override
    public Optional<Duration> reserve(String call, long tokens) {
      words.add("reserve " + tokens);
      return wait;
    }

    @Override
    public void settle(String call, long tokens) {
      if (away) {
        throw new QueueUnavailableException(
            "away", Duration.ofSeconds(1), new IllegalStateException());
      }
      words.add("settle " + tokens);
    }

    @Override
    public void giveBack(String call) {
      words.add("give back");
    }

    @Override
    public void pause(Duration time) {
      words.add("pause " + time.toSeconds());
    }
  }
}
