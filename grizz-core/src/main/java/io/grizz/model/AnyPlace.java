package io.grizz.model;

import io.grizz.model.ChatModel.Place;
import io.grizz.model.ChatModel.Sink;

/** A place with a model that lets everybody through. */
record AnyPlace(ChatModel model) implements Place {

  @Override
  public void fit(ChatRequest request) {
    // why: any request fits
  }

  @Override
  public Completion stream(ChatRequest request, Sink sink)
      throws ModelException, InterruptedException {
    return model.stream(request, sink);
  }

  @Override
  public void close() {
    // why: nothing was taken
  }
}
