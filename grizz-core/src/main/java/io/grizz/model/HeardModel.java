package io.grizz.model;

import io.grizz.api.ModelCall;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A model whose every call is told to somebody, once it is over.
 *
 * @param calls where it is told
 */
public record HeardModel(ChatModel model, Consumer<ModelCall> calls) implements ChatModel {

  @Override
  public Completion stream(ChatRequest request, Sink sink)
      throws ModelException, InterruptedException {
    long started = System.nanoTime();
    Optional<ModelCall.Answered> answered = Optional.empty();
    // why: what else a call can throw comes from its sink, when nobody may write any more
    String error = "abandoned";
    try {
      Completion completion = model.stream(request, sink);
      answered =
          Optional.of(
              new ModelCall.Answered(
                  completion.firstToken(),
                  completion.tokens().input(),
                  completion.tokens().output()));
      error = "";
      return completion;
    } catch (ModelException e) {
      error = e.code();
      throw e;
    } catch (InterruptedException e) {
      error = "interrupted";
      throw e;
    } finally {
      Duration took = Duration.ofNanos(System.nanoTime() - started);
      calls.accept(new ModelCall(request.model(), took, answered, error));
    }
  }

  @Override
  public void close() {
    model.close();
  }
}
