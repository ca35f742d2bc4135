package io.grizz.worker;

import io.grizz.api.Consumer;
import io.grizz.api.JobQueue;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.concurrent.Callable;

/** Queues and consumers of which a test says what single methods do. */
final class Meddled {

  private Meddled() {}

  /** What is done in place of a method, which is handed over as what would have been done. */
  @FunctionalInterface
  interface Instead {
    Object call(Callable<Object> real) throws Exception;
  }

  /** The queue, at which a consumer's methods of these names do something else. */
  static JobQueue queue(JobQueue queue, Map<String, Instead> methods) {
    return proxy(
        JobQueue.class, queue, Map.of("join", real -> consumer((Consumer) real.call(), methods)));
  }

  static Consumer consumer(Consumer consumer, Map<String, Instead> methods) {
    return proxy(Consumer.class, consumer, methods);
  }

  private static <T> T proxy(Class<T> type, T real, Map<String, Instead> methods) {
    InvocationHandler handler =
        (proxy, method, args) -> {
          Callable<Object> call =
              () -> {
                try {
                  return method.invoke(real, args);
                } catch (InvocationTargetException e) {
                  throw e.getCause() instanceof Exception cause ? cause : e;
                }
              };
          Instead instead = methods.get(method.getName());
          return instead == null ? call.call() : instead.call(call);
        };
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }
}
