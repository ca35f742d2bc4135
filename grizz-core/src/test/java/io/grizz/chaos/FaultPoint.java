package io.grizz.chaos;

import io.grizz.api.ChatRecord;
import io.grizz.api.JobQueue;
import io.grizz.api.Reconciliation;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Where a process stops when it comes to an armed moment, says so, and waits: to be killed there,
 * or to go on after something else was.
 */
final class FaultPoint {

  private final AtomicReference<String> armed = new AtomicReference<>("");
  private final Semaphore goOn = new Semaphore(0);

  /** Stops whoever comes to this moment next, once. */
  void arm(String moment) {
    armed.set(moment);
  }

  void disarm() {
    armed.set("");
  }

  /** Lets the one that stopped go on. */
  void goOn() {
    goOn.release();
  }

  /** Is passed on the way; stops if it is meant. */
  void pass(String moment) {
    String meant = armed.get();
    if (moment.equals(meant) && armed.compareAndSet(meant, "")) {
      ChatProcess.say("at " + moment);
      goOn.acquireUninterruptibly();
    }
  }

  /** The same record, whose every call has a moment before and one after. */
  ChatRecord watched(ChatRecord record) {
    return watched(ChatRecord.class, record);
  }

  /** The same queue, with such moments around the calls by which a record repairs it. */
  JobQueue repaired(JobQueue queue) {
    Reconciliation watched = watched(Reconciliation.class, queue.reconciliation());
    return proxy(
        JobQueue.class,
        (self, method, args) ->
            method.getName().equals("reconciliation") ? watched : invoke(queue, method, args));
  }

  private <T> T watched(Class<T> type, T it) {
    return proxy(
        type,
        (self, method, args) -> {
          pass("before " + method.getName());
          Object answer = invoke(it, method, args);
          pass("after " + method.getName());
          return answer;
        });
  }

  static <T> T proxy(Class<T> type, java.lang.reflect.InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  static Object invoke(Object it, java.lang.reflect.Method method, Object[] args) throws Throwable {
    try {
      return method.invoke(it, args);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
