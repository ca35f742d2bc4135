package io.grizz.model;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpResponse.ResponseInfo;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The body of one call, which may be abandoned before its caller has it: the JDK hands a response
 * that comes in the moment of an interrupt to nobody, and keeps its connection open for ever.
 *
 * <p>The lock guards both fields.
 */
final class Body implements BodyHandler<InputStream> {

  private static final Logger LOG = LoggerFactory.getLogger(Body.class);

  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable InputStream stream;
  private boolean abandoned;

  @Override
  public BodySubscriber<InputStream> apply(ResponseInfo info) {
    BodySubscriber<InputStream> subscriber = BodySubscribers.ofInputStream();
    // why no wait: this subscriber's stream is there from the first
    InputStream made = subscriber.getBody().toCompletableFuture().join();
    boolean unwanted;
    lock.lock();
    try {
      stream = made;
      unwanted = abandoned;
    } finally {
      lock.unlock();
    }
    if (unwanted) {
      close(made);
    }
    return subscriber;
  }

  /** Nobody will read it: closes it now, or as soon as it comes. */
  void abandon() {
    InputStream had;
    lock.lock();
    try {
      abandoned = true;
      had = stream;
    } finally {
      lock.unlock();
    }
    if (had != null) {
      close(had);
    }
  }

  private static void close(InputStream stream) {
    try {
      stream.close();
    } catch (IOException e) {
      LOG.debug("a body did not close: {}", e.getMessage());
    }
  }
}
