package io.grizz.api;

/**
 * What a pool of connections to the store does at this moment; for measuring, never for deciding.
 *
 * @param size most connections
 * @param active connections in use
 * @param idle connections that are open and free
 * @param waiting callers that wait for one
 */
public record ConnectionNumbers(int size, int active, int idle, int waiting) {

  /** Of a store that needs no connections. */
  public static final ConnectionNumbers NONE = new ConnectionNumbers(0, 0, 0, 0);
}
