package io.grizz.api;

/**
 * A setting has a value that it may not have. The message names the setting, its value and the
 * rule; whoever knows where the value was set adds that.
 */
public final class ConfigException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String setting;

  /**
   * @param setting the key, for example {@code queue.lease}
   * @param value what it is; never a secret
   * @param rule what it must be, completing the sentence "but must be …"
   */
  public ConfigException(String setting, Object value, String rule) {
    super(setting + " is " + value + ", but must be " + rule);
    this.setting = setting;
  }

  /** The key of the setting at fault. */
  public String setting() {
    return setting;
  }

  /** Throws unless {@code holds}: the one-line check of every config record. */
  public static void require(boolean holds, String setting, Object value, String rule) {
    if (!holds) {
      throw new ConfigException(setting, value, rule);
    }
  }
}
