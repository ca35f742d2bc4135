package io.grizz.postgres;

import io.grizz.api.Consumer;
import io.grizz.api.DeadLetters;
import io.grizz.api.Doorbell;
import io.grizz.api.JobQueue;
import io.grizz.api.Reconciliation;
import io.grizz.model.ChatModel;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Set;

/**
 * Fails whoever calls the queue or a model while a scope is open on the same thread: a session, and
 * its locks, would be held for as long as somebody else takes.
 */
public final class ScopeGuard {

  private static final Set<Class<?>> PARTS =
      Set.of(Consumer.class, DeadLetters.class, Doorbell.class, Reconciliation.class);

  private final SessionScope scope;

  public ScopeGuard(SessionScope scope) {
    this.scope = scope;
  }

  public JobQueue around(JobQueue queue) {
    return guarded(JobQueue.class, queue);
  }

  public ChatModel around(ChatModel model) {
    return guarded(ChatModel.class, model);
  }

  private <T> T guarded(Class<T> type, T it) {
    Object proxy =
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, args) -> {
              scope.requireClosed(type.getSimpleName() + "." + method.getName());
              try {
                Object answer = method.invoke(it, args);
                return PARTS.contains(method.getReturnType())
                    ? part(method.getReturnType(), answer)
                    : answer;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
    return type.cast(proxy);
  }

  private <T> Object part(Class<T> type, Object answer) {
    return guarded(type, type.cast(answer));
  }
}
