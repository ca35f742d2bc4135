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

  /**
   * Asks for a place for one call, before anything is done for it: where only so many calls are let
   * through, whoever has to wait has cost nothing.
   *
   * @param least what is known of the request so far
   * @throws ModelException when the call has to wait
   */
  default Place place(ChatRequest least) throws ModelException {
    return new AnyPlace(this);
  }

  /** A place for one call. */
  interface Place extends AutoCloseable {

    /**
     * Asks for what the whole request takes.
     *
     * @throws ModelException when that is more than there is, and the call has to wait after all
     */
    void fit(ChatRequest request) throws ModelException;

    /** As {@link ChatModel#stream}; once. */
    Completion stream(ChatRequest request, Sink sink) throws ModelException, InterruptedException;

    /** Gives the place back, unless it was used. */
    @Override
    void close();
  }

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
