package io.grizz.guilty.api;

import io.grizz.guilty.json.KnowsSql;

/** The api may look into no room; and json looks back, which closes a circle. */
public record LooksIntoJson(KnowsSql json) {}
