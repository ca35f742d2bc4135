package io.grizz.testing;

import static java.util.Objects.requireNonNull;

import io.grizz.Grizz;
import io.grizz.api.JobQueue;
import io.grizz.api.QueueConfig;
import io.grizz.embedded.EmbeddedRedis;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * What {@link GrizzTest} does: one embedded Redis for all tests of a run, a queue of a fresh name
 * for each test; both are closed by JUnit.
 */
public final class GrizzExtension implements ParameterResolver {

  private static final Namespace OURS = Namespace.create(GrizzExtension.class);
  private static final Set<Class<?>> GIVEN = Set.of(TestQueue.class, JobQueue.class, Grizz.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return GIVEN.contains(parameter.getParameter().getType());
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    TestQueue queue = kept(context, TestQueue.class, () -> open(context));
    return parameter.getParameter().getType() == Grizz.class ? queue.grizz() : queue;
  }

  private static TestQueue open(ExtensionContext context) {
    EmbeddedRedis redis = kept(context.getRoot(), EmbeddedRedis.class, EmbeddedRedis::temporary);
    String name = "test-" + UUID.randomUUID();
    return TestQueue.on(Grizz.open(redis.uri(), QueueConfig.named(name)));
  }

  // why: JUnit 5 knows the method under this name alone
  @SuppressWarnings("deprecation")
  private static <T> T kept(ExtensionContext where, Class<T> type, Supplier<T> maker) {
    return requireNonNull(
        where.getStore(OURS).getOrComputeIfAbsent(type, key -> maker.get(), type));
  }
}
