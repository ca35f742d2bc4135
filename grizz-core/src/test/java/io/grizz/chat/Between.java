package io.grizz.chat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.Callable;

/** Steps between a caller and what it calls, at one method. */
final class Between {

  private Between() {}

  /** What happens at the method, instead of the call or around it. */
  @FunctionalInterface
  interface Step {
    Object take(Callable<?> call, Object[] args) throws Exception;
  }

  static <T> T at(Class<T> type, T it, String name, Step step) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, args) -> {
              Callable<?> call =
                  () -> {
                    try {
                      return method.invoke(it, args);
                    } catch (InvocationTargetException e) {
                      if (e.getCause() instanceof Exception cause) {
                        throw cause;
                      }
                      throw (Error) e.getCause();
                    }
                  };
              return method.getName().equals(name) ? step.take(call, args) : call.call();
            }));
  }
}
