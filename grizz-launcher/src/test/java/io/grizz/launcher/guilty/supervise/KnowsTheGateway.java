package io.grizz.launcher.guilty.supervise;

import io.grizz.launcher.guilty.gateway.KnowsACommand;

/** The supervisor may use no other room; and the gateway looks back, which closes a circle. */
public record KnowsTheGateway(KnowsACommand gateway) {}
