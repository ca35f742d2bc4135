package io.grizz.launcher.gateway;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.net.http.HttpClient;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives one running Grizz to all tests that ask for it, and do no lasting harm to it; and a client
 * for its HTTP. Tests that need a slower model say so with {@link Pace}, and share another.
 */
public final class SharedGrizz implements ParameterResolver {

  private static final double TOKENS_PER_SECOND = 400;
  private static final Namespace HERE = Namespace.create(SharedGrizz.class);

  /** Keeps the client from being closed by the store, which would wait for every open stream. */
  private record Http(HttpClient client) {}

  /** How many tokens the model says in a second, for all tests of a class. */
  @Target(ElementType.TYPE)
  @Retention(RetentionPolicy.RUNTIME)
  @interface Pace {
    double value();
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == RunningGrizz.class || type == HttpClient.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Store store = context.getRoot().getStore(HERE);
    if (parameter.getParameter().getType() == HttpClient.class) {
      return store
          .computeIfAbsent(Http.class, key -> new Http(HttpClient.newHttpClient()), Http.class)
          .client();
    }
    Pace pace = context.getRequiredTestClass().getAnnotation(Pace.class);
    double tokens = pace == null ? TOKENS_PER_SECOND : pace.value();
    return store.computeIfAbsent(tokens, SharedGrizz::start, RunningGrizz.class);
  }

  private static RunningGrizz start(double tokensPerSecond) {
    try {
      return new RunningGrizz(tokensPerSecond);
    } catch (Exception e) {
      throw new ParameterResolutionException("Grizz did not start", e);
    }
  }
}
