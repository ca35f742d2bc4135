package io.grizz.guilty.worker;

import redis.clients.jedis.HostAndPort;

/** Only the redis room may know of Redis. */
public record KnowsRedis(HostAndPort address) {}
