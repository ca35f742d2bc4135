package io.grizz.launcher.guilty.supervise;

import redis.clients.jedis.HostAndPort;

/** Redis is left to the core. */
public record KnowsRedis(HostAndPort address) {}
