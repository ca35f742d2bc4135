package io.grizz.api;

import static io.grizz.api.ConfigException.require;

import java.time.Duration;
import java.util.Optional;

/**
 * What all workers together may ask of one provider of models. A call reserves its place before it
 * begins, and says afterwards what it used.
 *
 * <p><b>Threads.</b> Safe for any number of threads; calls block.
 *
 * <p><b>Errors.</b> {@link QueueUnavailableException} when the store does not answer in time.
 */
public interface ProviderLimits {

  /** Anything goes. */
  ProviderLimits NONE =
      new ProviderLimits() {
        @Override
        public Optional<Duration> reserve(String call, long tokens) {
          return Optional.empty();
        }

        @Override
        public void settle(String call, long tokens) {
          // why: nobody counts
        }

        @Override
        public void pause(Duration time) {
          // why: each caller waits for itself
        }
      };

  /**
   * Asks for a place, under a name that no other call has. Asking again under the same name keeps
   * the place, and asks for what it needs more; {@link #enlarge} spares that where it can.
   *
   * @param tokens the most that the call is thought to use
   * @return empty when it may begin; else how long it should wait before it asks again
   */
  Optional<Duration> reserve(String call, long tokens);

  /**
   * Says what a call used that is over; a call that never says is thought to run for its longest.
   */
  void settle(String call, long tokens);

  /**
   * Asks for more tokens for a call that has its place.
   *
   * @param tokens in all
   * @return as for {@link #reserve}
   */
  default Optional<Duration> enlarge(String call, long tokens) {
    return reserve(call, tokens);
  }

  /** Gives the place back of a call that did not begin: as if it had not asked. */
  default void giveBack(String call) {
    settle(call, 0);
  }

  /** The provider wants to be left alone, by everybody, for so long. */
  void pause(Duration time);

  /**
   * How much; empty for any number. Of a sliding minute, but for {@code calls}.
   *
   * @param requests calls that begin, 1 or more
   * @param tokens in and out, 1 or more; a call that is thought to use more begins alone
   * @param calls that run at one time, 1 or more
   */
  record Bounds(Optional<Integer> requests, Optional<Integer> tokens, Optional<Integer> calls) {
    /** Any number. */
    public static final Bounds NONE =
        new Bounds(Optional.empty(), Optional.empty(), Optional.empty());

    public Bounds {
      requirePositive("limits.provider-requests", requests);
      requirePositive("limits.provider-tokens", tokens);
      requirePositive("limits.provider-calls", calls);
    }

    private static void requirePositive(String setting, Optional<Integer> bound) {
      require(bound.orElse(1) >= 1, setting, bound, "1 or more");
    }
  }
}
