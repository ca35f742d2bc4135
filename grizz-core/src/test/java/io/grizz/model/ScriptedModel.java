package io.grizz.model;

import io.grizz.model.Completion.Tokens;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;

/** A model that answers as the test says: each call plays the next script. */
public final class ScriptedModel implements ChatModel {

  /** What one call does. */
  @FunctionalInterface
  public interface Script {
    void play(Sink sink) throws ModelException, InterruptedException;
  }

  /** What a call does that has no script of its own. */
  @FunctionalInterface
  public interface Otherwise {
    void play(ChatRequest request, Sink sink) throws ModelException, InterruptedException;
  }

  private final Queue<Script> scripts = new ConcurrentLinkedQueue<>();
  private volatile Otherwise otherwise =
      (request, sink) -> {
        throw new IllegalStateException("no script for this call");
      };
  private final List<ChatRequest> calls = new CopyOnWriteArrayList<>();

  /** What it says at the next call that has no script yet. */
  public void then(Script script) {
    scripts.add(script);
  }

  /** What it says for want of a script. */
  public void otherwise(Otherwise manner) {
    otherwise = manner;
  }

  /** It says these pieces. */
  public void then(String... pieces) {
    then(sink -> {
      for (String piece : pieces) {
        sink.text(piece);
      }
    });
  }

  /** What it was asked so far, first things first. */
  public List<ChatRequest> calls() {
    return calls;
  }

  public static ModelException unavailable() {
    return new ModelException(Failure.SERVER_ERROR, "scripted");
  }

  public static ModelException limited(Duration retryAfter) {
    return new ModelException(Failure.RATE_LIMITED, "scripted", retryAfter);
  }

  public static ModelException contextTooLong() {
    return new ModelException(Failure.CONTEXT_TOO_LONG, "scripted");
  }

  @Override
  public Completion stream(ChatRequest request, Sink sink)
      throws ModelException, InterruptedException {
    calls.add(request);
    Script script = scripts.poll();
    if (script == null) {
      otherwise.play(request, sink);
    } else {
      script.play(sink);
    }
    return new Completion(
        request.model(),
        "stop",
        new Tokens(12, 34, 5, 6, false),
        Duration.ofMillis(120),
        Duration.ofMillis(950));
  }

  @Override
  public void close() {
    scripts.clear();
  }
}
