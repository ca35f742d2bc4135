package io.grizz.memory;

import io.grizz.api.Doorbell;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

/** A doorbell inside one process. Owns the one thread that calls its listener. */
final class MemoryDoorbell implements Doorbell {

  private final Store store;
  private final Listener listener;
  private final Set<UUID> followed = ConcurrentHashMap.newKeySet();
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofVirtual().name("grizz-doorbell").factory());

  MemoryDoorbell(Store store, Listener listener) {
    this.store = store;
    this.listener = listener;
    store.doorbells.add(this);
  }

  @Override
  public void follow(UUID user) {
    followed.add(user);
  }

  @Override
  public void leave(UUID user) {
    followed.remove(user);
  }

  @Override
  public void order(Order order) {
    store.tell(order);
  }

  @Override
  public Duration silence() {
    return Duration.ZERO;
  }

  @Override
  public void close() {
    store.doorbells.remove(this);
    thread.shutdown();
  }

  void ring(UUID user, String log, String frame) {
    if (followed.contains(user)) {
      post(() -> listener.rang(user, log, frame));
    }
  }

  void hear(Order order) {
    post(() -> listener.ordered(order));
  }

  private void post(Runnable call) {
    try {
      thread.execute(call);
    } catch (RejectedExecutionException e) {
      // why: closed between the store's look at its doorbells and now; nobody listens any more
    }
  }
}
