package io.grizz.launcher.client;

import io.grizz.json.Fields;
import io.grizz.json.Json;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One connection: frames out, frames in, one reader. */
final class Wire implements AutoCloseable {

  private static final String PROTOCOL = "grizz.v1";
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration GOODBYE = Duration.ofSeconds(1);
  private static final int NORMAL = 1000;
  private static final int LOST = 1006;

  private final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();
  private final WebSocket socket;

  /** What the connection brought. */
  private sealed interface Arrival {
    record Frame(String text) implements Arrival {}

    record End(int code, String reason) implements Arrival {}
  }

  /** The connection is gone. */
  static final class LostException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int code;

    LostException(int code, String message) {
      super(message);
      this.code = code;
    }

    int code() {
      return code;
    }
  }

  private Wire(HttpClient http, URI uri, String token) {
    socket =
        http.newWebSocketBuilder()
            .connectTimeout(CONNECT)
            .subprotocols(PROTOCOL)
            .header("Authorization", "Bearer " + token)
            .buildAsync(uri, new Ears())
            .join();
  }

  static Wire open(HttpClient http, URI uri, String token) throws LostException {
    try {
      return new Wire(http, uri, token);
    } catch (CompletionException e) {
      throw new LostException(LOST, "cannot connect to " + uri + ": " + reason(e));
    }
  }

  void send(String frame) throws LostException, InterruptedException {
    try {
      socket.sendText(frame, true).join();
    } catch (CompletionException e) {
      // why: the server's reason to close is on its way, and says more than a broken pipe
      Arrival last = arrivals.poll(GOODBYE.toMillis(), TimeUnit.MILLISECONDS);
      while (last != null) {
        if (last instanceof Arrival.End(int code, String reason) && code != LOST) {
          throw new LostException(code, reason);
        }
        last = arrivals.poll(GOODBYE.toMillis(), TimeUnit.MILLISECONDS);
      }
      throw new LostException(LOST, "cannot send: " + reason(e));
    }
  }

  /** The next frame. */
  Fields next(Duration patience) throws LostException, InterruptedException {
    return switch (arrivals.poll(patience.toNanos(), TimeUnit.NANOSECONDS)) {
      case null -> throw new LostException(LOST, "nothing was heard for " + patience);
      case Arrival.Frame(String text) -> Json.fields(text);
      case Arrival.End(int code, String reason) -> throw new LostException(code, reason);
    };
  }

  @Override
  public void close() {
    try {
      socket.sendClose(NORMAL, "").orTimeout(GOODBYE.toMillis(), TimeUnit.MILLISECONDS).join();
    } catch (CompletionException e) {
      // why: the other side is gone already
      socket.abort();
    }
  }

  private static String reason(CompletionException e) {
    Throwable cause = e.getCause();
    Throwable most = cause == null ? e : cause;
    return most.getMessage() == null ? most.getClass().getSimpleName() : most.getMessage();
  }

  private final class Ears implements WebSocket.Listener {
    private final StringBuilder parts = new StringBuilder();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      parts.append(part);
      if (last) {
        arrivals.add(new Arrival.Frame(parts.toString()));
        parts.setLength(0);
      }
      from.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
      arrivals.add(new Arrival.End(code, reason));
      return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
      arrivals.add(new Arrival.End(LOST, String.valueOf(error.getMessage())));
    }
  }
}
