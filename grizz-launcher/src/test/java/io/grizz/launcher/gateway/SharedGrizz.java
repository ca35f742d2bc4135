package io.grizz.launcher.gateway;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives one running Grizz to all tests that ask for it and do no harm to it. */
public final class SharedGrizz implements ParameterResolver {

  private static final double TOKENS_PER_SECOND = 400;

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == RunningGrizz.class;
  }

  @Override
  public RunningGrizz resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context
        .getRoot()
        .getStore(Namespace.create(SharedGrizz.class))
        .computeIfAbsent(RunningGrizz.class, key -> start(), RunningGrizz.class);
  }

  private static RunningGrizz start() {
    try {
      return new RunningGrizz(TOKENS_PER_SECOND);
    } catch (Exception e) {
      throw new ParameterResolutionException("Grizz did not start", e);
    }
  }
}
