package io.grizz.launcher.guilty.gateway;

import io.grizz.launcher.guilty.command.Launch;
import io.grizz.launcher.guilty.supervise.ChildInfo;

/** Only Main may call a command, and nobody's guest may look back. */
public record KnowsACommand(Launch launch, ChildInfo child) {}
