package io.grizz.launcher.supervise;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A process to keep alive.
 *
 * @param name unique, as people know it
 * @param command asked before each start; holds no secret, since everybody may read it
 * @param environment added to the supervisor's own
 */
public record ChildSpec(
    String name, Role role, Supplier<List<String>> command, Map<String, String> environment) {

  public ChildSpec {
    environment = Map.copyOf(environment);
  }

  /** What a process is there for. */
  public enum Role {
    /** One of them; without it there is no Grizz. */
    WEB,
    /** Several; the others go on when one stays down. */
    WORKER,
    /** The offline model; without it there is no Grizz. */
    MODEL
  }
}
