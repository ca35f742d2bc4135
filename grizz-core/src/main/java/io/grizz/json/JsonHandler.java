package io.grizz.json;

import io.grizz.api.Handler;
import io.grizz.api.JobContext;
import io.grizz.api.Outcome;

/**
 * A handler whose payload is an object. A payload that does not fit is rejected as {@code
 * bad_payload}: no further attempt could help.
 *
 * @param <P> the payload's class
 */
public final class JsonHandler<P> implements Handler {

  private final Class<P> type;
  private final Body<P> body;

  private JsonHandler(Class<P> type, Body<P> body) {
    this.type = type;
    this.body = body;
  }

  /**
   * A handler of such payloads; give its result as {@code new Outcome.Done(Json.text(result))}.
   *
   * @param type a record, a bean or a map, as Jackson reads it
   */
  public static <P> Handler of(Class<P> type, Body<P> body) {
    return new JsonHandler<>(type, body);
  }

  /** What is done with a payload. */
  @FunctionalInterface
  public interface Body<P> {
    Outcome handle(P payload, JobContext job) throws Exception;
  }

  @Override
  public Outcome handle(JobContext job) throws Exception {
    P payload;
    try {
      payload = Json.value(job.lease().job().payload(), type);
    } catch (JsonFormatException e) {
      return new Outcome.Reject("bad_payload: " + e.getMessage());
    }
    return body.handle(payload, job);
  }
}
