package io.grizz.redis;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.ReentrantLock;

/** The channels that are wanted, and which of them the server has confirmed. Thread-safe. */
final class Subscriptions {

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, CountDownLatch> wanted = new HashMap<>();
  private boolean renewing;

  /** Wishes for a channel; the latch opens when the server has confirmed it. */
  CountDownLatch want(String channel) {
    lock.lock();
    try {
      return wanted.computeIfAbsent(channel, name -> new CountDownLatch(1));
    } finally {
      lock.unlock();
    }
  }

  void forget(String channel) {
    lock.lock();
    try {
      wanted.remove(channel);
    } finally {
      lock.unlock();
    }
  }

  boolean wanted(String channel) {
    lock.lock();
    try {
      return wanted.containsKey(channel);
    } finally {
      lock.unlock();
    }
  }

  /** A new connection has none of them. */
  void startOver() {
    lock.lock();
    try {
      wanted.replaceAll((name, latch) -> latch.getCount() == 0 ? new CountDownLatch(1) : latch);
      renewing = true;
    } finally {
      lock.unlock();
    }
  }

  /** Notes the server's word; true when a new connection now hears all that is wanted. */
  boolean confirm(String channel) {
    lock.lock();
    try {
      CountDownLatch latch = wanted.get(channel);
      if (latch != null) {
        latch.countDown();
      }
      boolean complete =
          renewing && wanted.values().stream().allMatch(each -> each.getCount() == 0);
      if (complete) {
        renewing = false;
      }
      return complete;
    } finally {
      lock.unlock();
    }
  }

  /** What is wanted and not confirmed. */
  String[] missing() {
    lock.lock();
    try {
      return wanted.entrySet().stream()
          .filter(each -> each.getValue().getCount() > 0)
          .map(Map.Entry::getKey)
          .toArray(String[]::new);
    } finally {
      lock.unlock();
    }
  }
}
