package io.grizz.launcher.gateway;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.List;
import org.java_websocket.WebSocketAdapter;
import org.java_websocket.WebSocketImpl;
import org.java_websocket.drafts.Draft;
import org.java_websocket.enums.ReadyState;
import org.java_websocket.framing.CloseFrame;
import org.jspecify.annotations.Nullable;

/** A socket whose handshake is bounded in bytes and in time; the library bounds neither. */
final class TrackedSocket extends WebSocketImpl {

  private final long openedNanos = System.nanoTime();
  private final int headerLimit;
  private int headerBytes;
  private volatile long heardNanos = openedNanos;
  private @Nullable InetAddress peer;

  TrackedSocket(WebSocketAdapter listener, List<Draft> drafts, int headerLimit) {
    super(listener, drafts);
    this.headerLimit = headerLimit;
  }

  @Override
  public void decode(ByteBuffer bytes) {
    heardNanos = System.nanoTime();
    if (getReadyState() == ReadyState.NOT_YET_CONNECTED) {
      headerBytes += bytes.remaining();
      if (headerBytes > headerLimit) {
        closeConnection(CloseFrame.ABNORMAL_CLOSE, "the handshake is too long", false);
        return;
      }
    }
    super.decode(bytes);
  }

  /** For how long nothing came, not even the answer to a ping. */
  long silentNanos(long now) {
    return now - heardNanos;
  }

  /** Where the client is, once that is known. */
  @Nullable InetAddress peer() {
    return peer;
  }

  void comesFrom(InetAddress address) {
    peer = address;
  }

  /** How much the library still has to write: frames, and bytes of the first of them. */
  Backlog backlog() {
    ByteBuffer first = outQueue.peek();
    return new Backlog(outQueue.size(), first == null ? 0 : first.remaining());
  }

  record Backlog(int frames, int ofFirst) {
    static final Backlog NONE = new Backlog(0, 0);
  }

  /** Closes the connection when its handshake takes too long. */
  void closeIfHalfOpen(long now, long longestNanos) {
    if (getReadyState() == ReadyState.NOT_YET_CONNECTED && now - openedNanos > longestNanos) {
      closeConnection(CloseFrame.ABNORMAL_CLOSE, "the handshake took too long", false);
    }
  }
}
