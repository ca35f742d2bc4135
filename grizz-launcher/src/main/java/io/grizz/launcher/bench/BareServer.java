package io.grizz.launcher.bench;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import org.java_websocket.WebSocket;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.server.WebSocketServer;

/** The WebSocket library alone: what the gateway is compared with. */
final class BareServer extends WebSocketServer {

  private final CompletableFuture<Void> started = new CompletableFuture<>();

  BareServer(int port) {
    super(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    setTcpNoDelay(true);
    setReuseAddr(true);
    setDaemon(true);
  }

  /** Listens. */
  void open() {
    start();
    started.join();
  }

  @Override
  public void onStart() {
    started.complete(null);
  }

  @Override
  public void onError(WebSocket socket, Exception e) {
    started.completeExceptionally(e);
  }

  @Override
  public void onOpen(WebSocket socket, ClientHandshake request) {}

  @Override
  public void onMessage(WebSocket socket, String text) {}

  @Override
  public void onClose(WebSocket socket, int code, String reason, boolean remote) {}
}
