package io.grizz.launcher.gateway;

import io.grizz.model.ChatModel;
import io.grizz.model.ChatRequest;
import io.grizz.model.Completion;
import io.grizz.model.ModelException;
import java.io.Serial;
import java.util.concurrent.Semaphore;

/** A model that says each piece of its answer only when the test lets it. */
final class StepwiseModel implements ChatModel {

  private final ChatModel model;
  private final Semaphore pieces;

  /**
   * @param pieces that may be said
   */
  StepwiseModel(ChatModel model, Semaphore pieces) {
    this.model = model;
    this.pieces = pieces;
  }

  private static final class Interrupted extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;
  }

  @Override
  public Completion stream(ChatRequest request, Sink sink)
      throws ModelException, InterruptedException {
    try {
      return model.stream(
          request,
          text -> {
            await();
            sink.text(text);
          });
    } catch (Interrupted e) {
      throw new InterruptedException("while it waited to go on");
    }
  }

  private void await() {
    try {
      pieces.acquire();
    } catch (InterruptedException e) {
      throw new Interrupted();
    }
  }

  @Override
  public void close() {
    // why: its owner closes the model
  }
}
