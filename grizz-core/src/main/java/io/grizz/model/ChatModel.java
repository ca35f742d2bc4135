package io.grizz.model;

/** A language model that answers conversations. Safe for any number of threads. */
public interface ChatModel extends AutoCloseable {

  /**
   * Asks, and hands on the text as it comes. Blocks until the answer is complete.
   *
   * @throws ModelException when there is no complete answer; it says what to do about it
   * @throws InterruptedException when interrupted; the call is closed at once
   */
  Completion stream(ChatRequest request, Sink sink) throws ModelException, InterruptedException;

  /** Ends calls that still run. */
  @Override
  void close();

  /** Where the text goes. */
  @FunctionalInterface
  interface Sink {
    /** More text; what this throws ends the call. */
    void text(String delta);
  }
}
