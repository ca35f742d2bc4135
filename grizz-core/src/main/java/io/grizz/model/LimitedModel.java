package io.grizz.model;

import io.grizz.api.ProviderLimits;
import io.grizz.api.QueueUnavailableException;
import io.grizz.model.Completion.Tokens;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model that is called only as often as its provider lets everybody: a call that has to wait
 * fails as the provider's own refusal does, and one that is refused makes all others wait.
 */
public final class LimitedModel implements ChatModel {

  private static final Logger LOG = LoggerFactory.getLogger(LimitedModel.class);

  private final ChatModel model;
  private final ProviderLimits limits;
  private final int answerTokens;

  /**
   * @param answerTokens how long an answer is thought to become when the request does not say
   */
  public LimitedModel(ChatModel model, ProviderLimits limits, int answerTokens) {
    this.model = model;
    this.limits = limits;
    this.answerTokens = answerTokens;
  }

  @Override
  public Completion stream(ChatRequest request, Sink sink)
      throws ModelException, InterruptedException {
    try (Place place = place(request)) {
      return place.stream(request, sink);
    }
  }

  @Override
  public Place place(ChatRequest least) throws ModelException {
    String call = UUID.randomUUID().toString();
    long tokens = most(least);
    require(limits.reserve(call, tokens));
    return new Kept(call, tokens);
  }

  private static void require(Optional<Duration> wait) throws ModelException {
    if (wait.isPresent()) {
      throw new ModelException(
          Failure.RATE_LIMITED, "the provider's limits are reached", wait.get());
    }
  }

  private Completion call(String call, ChatRequest request, Sink sink)
      throws ModelException, InterruptedException {
    Counted counted = new Counted(sink);
    Tokens used = Tokens.NONE;
    try {
      Completion completion = model.stream(request, counted);
      used = completion.tokens();
      return completion;
    } catch (ModelException e) {
      if (e.verdict() == ModelException.Verdict.SNOOZE) {
        later(() -> limits.pause(e.retryAfter()));
      }
      used = e.charged() ? counted.estimate(request) : Tokens.NONE;
      throw e;
    } catch (InterruptedException | RuntimeException e) {
      used = counted.estimate(request);
      throw e;
    } finally {
      long tokens = (long) used.input() + used.output();
      later(() -> limits.settle(call, tokens));
    }
  }

  @Override
  public void close() {
    model.close();
  }

  private long most(ChatRequest request) {
    return (long) Tokens.estimate(request, 0).input()
        + request.options().maxOutputTokens().orElse(answerTokens);
  }

  /**
   * What is said afterwards must not change how the call ended, nor be cut off by its interrupt.
   */
  private static void later(Runnable word) {
    boolean interrupted = Thread.interrupted();
    try {
      word.run();
    } catch (QueueUnavailableException e) {
      LOG.debug("the provider's limits count one call until it runs out: {}", e.getMessage());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** What was reserved under the name of one call. */
  private final class Kept implements Place {
    private final String call;
    private final long tokens;
    private boolean used;

    Kept(String call, long tokens) {
      this.call = call;
      this.tokens = tokens;
    }

    @Override
    public void fit(ChatRequest request) throws ModelException {
      long most = most(request);
      if (most > tokens) {
        require(limits.enlarge(call, most));
      }
    }

    @Override
    public Completion stream(ChatRequest request, Sink sink)
        throws ModelException, InterruptedException {
      used = true;
      return call(call, request, sink);
    }

    @Override
    public void close() {
      if (!used) {
        later(() -> limits.giveBack(call));
      }
    }
  }

  /** Counts what passes. */
  private static final class Counted implements Sink {
    private final Sink sink;
    private int characters;

    Counted(Sink sink) {
      this.sink = sink;
    }

    @Override
    public void text(String delta) {
      characters += delta.length();
      sink.text(delta);
    }

    Tokens estimate(ChatRequest request) {
      return Tokens.estimate(request, characters);
    }
  }
}
