package io.grizz.worker;

import io.grizz.api.Lease;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BinaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The jobs that this process runs now, and its free slots. */
final class Runs {

  private final int slots;
  private final Map<UUID, Run> runs = new ConcurrentHashMap<>();
  private final Set<Run> stuck = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ended = lock.newCondition();

  Runs(int slots) {
    this.slots = slots;
  }

  void add(Run run) {
    runs.put(run.lease().job().id(), run);
  }

  /** Whether the process ran at its limit before. */
  boolean remove(Run run) {
    lock.lock();
    try {
      boolean full = runs.size() >= slots;
      runs.remove(run.lease().job().id(), run);
      stuck.remove(run);
      ended.signalAll();
      return full;
    } finally {
      lock.unlock();
    }
  }

  /** Gives its slot to somebody else, though its thread goes on. How many such there are now. */
  int replace(Run run) {
    lock.lock();
    try {
      stuck.add(run);
      runs.remove(run.lease().job().id(), run);
      ended.signalAll();
      return stuck.size();
    } finally {
      lock.unlock();
    }
  }

  /** Threads that go on though their slots were given away. */
  int stuck() {
    return stuck.size();
  }

  int free() {
    return Math.max(0, slots - runs.size());
  }

  boolean isEmpty() {
    return runs.isEmpty();
  }

  /** What this process holds. */
  Set<UUID> ids() {
    return holders().map(run -> run.lease().job().id()).collect(Collectors.toUnmodifiableSet());
  }

  Collection<Run> all() {
    return List.copyOf(runs.values());
  }

  /** What is to be renewed: of each job its last run, each with its lease as it is now. */
  Map<UUID, Held> held() {
    return holders()
        .map(run -> new Held(run, run.lease()))
        .collect(
            Collectors.toMap(
                each -> each.lease().job().id(),
                each -> each,
                BinaryOperator.maxBy(Comparator.comparingLong(each -> each.lease().epoch()))));
  }

  /** A run, and the lease that it had at one moment. */
  record Held(Run run, Lease lease) {}

  private Stream<Run> holders() {
    return Stream.concat(runs.values().stream(), stuck.stream()).filter(Run::held);
  }

  void stop(UUID id, Run.Stop reason) {
    Run run = runs.get(id);
    if (run != null) {
      run.stop(reason);
    }
  }

  void stopAll(Run.Stop reason) {
    runs.values().forEach(run -> run.stop(reason));
  }

  /** Waits until a slot is free. */
  void awaitFree() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (runs.size() >= slots) {
        ended.await();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Waits until nothing runs; false when {@code nanos} passed first. */
  boolean awaitEmpty(long nanos) throws InterruptedException {
    long end = System.nanoTime() + nanos;
    lock.lockInterruptibly();
    try {
      while (!runs.isEmpty()) {
        long left = end - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        boolean signalled = ended.await(left, TimeUnit.NANOSECONDS);
        if (!signalled && !runs.isEmpty()) {
          return false;
        }
      }
      return true;
    } finally {
      lock.unlock();
    }
  }
}
