package io.grizz.launcher.gateway;

import io.grizz.launcher.gateway.Connection.House;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.java_websocket.WebSocket;
import org.java_websocket.WebSocketAdapter;
import org.java_websocket.WebSocketImpl;
import org.java_websocket.WebSocketServerFactory;
import org.java_websocket.drafts.Draft;
import org.java_websocket.drafts.Draft_6455;
import org.java_websocket.exceptions.InvalidDataException;
import org.java_websocket.framing.CloseFrame;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.handshake.ServerHandshakeBuilder;
import org.java_websocket.protocols.Protocol;
import org.java_websocket.server.WebSocketServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The WebSocket listener: lets in or not, and hands over. Its threads never wait. */
final class SocketDoor extends WebSocketServer {

  private static final Logger LOG = LoggerFactory.getLogger(SocketDoor.class);
  private static final String PATH = "/v1/ws";
  private static final String PROTOCOL = "grizz.v1";
  private static final String BEARER = "bearer.";
  private static final Pattern LEGACY =
      Pattern.compile("/ws/chat/([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})");
  private static final Pattern QUERY_TOKEN = Pattern.compile("[?&]token=([A-Za-z0-9._~-]+)");
  private static final Duration HANDSHAKE = Duration.ofSeconds(5);
  private static final long STOP_MILLIS = 1_000;

  private final House house;
  private final OriginRule origins;
  private final Peers peers;
  private final TokenBucket accepts;
  private final Set<TrackedSocket> sockets = ConcurrentHashMap.newKeySet();
  private volatile boolean full;
  private final CompletableFuture<Void> started = new CompletableFuture<>();
  private final CountDownLatch ending = new CountDownLatch(1);
  private final Thread reaper =
      Thread.ofPlatform().name("grizz-half-open").daemon().unstarted(this::reap);

  SocketDoor(InetSocketAddress address, House house, OriginRule origins, Peers peers) {
    super(address, List.of(draft(house.config().limits().frame())));
    this.house = house;
    this.origins = origins;
    this.peers = peers;
    this.accepts =
        new TokenBucket(
            house.config().limits().connections().accepts(),
            Duration.ofSeconds(1),
            System.nanoTime());
    setReuseAddr(true);
    setTcpNoDelay(true);
    setDaemon(true);
    // why later than ours: it says no reason, and is for sockets that do not even close
    setConnectionLostTimeout((int) house.config().limits().patience().heartbeat().toSeconds() * 2);
    setWebSocketFactory(new Sockets());
  }

  /** Listens; throws when the port is taken. */
  void open() throws IOException, InterruptedException {
    start();
    reaper.start();
    try {
      started.get();
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    }
  }

  /** Turns away whoever connects from now on. */
  void letNobodyIn() {
    full = true;
  }

  void shut() throws InterruptedException {
    ending.countDown();
    stop((int) STOP_MILLIS);
  }

  // why: compression is never negotiated, since it slips past the frame limit
  private static Draft draft(int frameLimit) {
    return new Draft_6455(List.of(), List.of(new Protocol(PROTOCOL), new Protocol("")), frameLimit);
  }

  @Override
  public ServerHandshakeBuilder onWebsocketHandshakeReceivedAsServer(
      WebSocket socket, Draft draft, ClientHandshake request) throws InvalidDataException {
    String origin = request.getFieldValue("Origin");
    boolean allowed =
        origin.isEmpty()
            ? request.getFieldValue("Authorization").startsWith("Bearer ")
            : origins.allows(origin);
    Peers.Peer peer = peers.of(socket.getRemoteSocketAddress(), name -> header(request, name));
    if (!allowed || !known(path(request)) || !peer.secure() || !hasRoom(peer)) {
      throw new InvalidDataException(CloseFrame.REFUSE, "refused");
    }
    if (socket instanceof TrackedSocket tracked) {
      tracked.comesFrom(peer.address());
    }
    return super.onWebsocketHandshakeReceivedAsServer(socket, draft, request);
  }

  @Override
  public void onOpen(WebSocket socket, ClientHandshake request) {
    List<String> offered =
        Arrays.stream(request.getFieldValue("Sec-WebSocket-Protocol").split(","))
            .map(String::strip)
            .filter(each -> !each.isEmpty())
            .toList();
    Optional<UUID> legacy = conversation(path(request));
    boolean other = !offered.isEmpty() && !offered.contains(PROTOCOL);
    boolean both = legacy.isPresent() && offered.contains(PROTOCOL);
    if (other || both) {
      socket.close(Close.VERSION.code(), Close.VERSION.reason());
      return;
    }
    Optional<String> token = token(request, offered);
    Connection connection = new Connection(socket, house, token, legacy);
    socket.setAttachment(connection);
    connection.start();
  }

  @Override
  public void onMessage(WebSocket socket, String text) {
    Connection connection = socket.getAttachment();
    if (connection != null) {
      connection.received(text);
    }
  }

  @Override
  public void onMessage(WebSocket socket, ByteBuffer bytes) {
    socket.close(Close.BINARY.code(), Close.BINARY.reason());
  }

  @Override
  public void onClose(WebSocket socket, int code, String reason, boolean remote) {
    Connection connection = socket.getAttachment();
    if (connection != null) {
      connection.gone();
    }
    if (socket instanceof TrackedSocket tracked) {
      sockets.remove(tracked);
    }
  }

  @Override
  public void onError(WebSocket socket, Exception e) {
    if (socket == null && !started.isDone()) {
      started.completeExceptionally(e);
    } else {
      LOG.debug("a socket failed: {}", e.toString());
    }
  }

  @Override
  public void onStart() {
    started.complete(null);
  }

  /** Whether somebody listens at this path. */
  private boolean known(String path) {
    return path.equals(PATH)
        || (house.config().access().legacy() && conversation(path).isPresent());
  }

  /** The conversation that a client of the old kind names in its path. */
  private static Optional<UUID> conversation(String path) {
    return Optional.of(LEGACY.matcher(path))
        .filter(Matcher::matches)
        .map(it -> UUID.fromString(it.group(1)));
  }

  private Optional<String> token(ClientHandshake request, List<String> offered) {
    String header = request.getFieldValue("Authorization");
    if (header.startsWith("Bearer ")) {
      return Optional.of(header.substring("Bearer ".length()).strip());
    }
    return offered.stream()
        .filter(each -> each.startsWith(BEARER))
        .findFirst()
        .map(each -> each.substring(BEARER.length()))
        .or(() -> queryToken(request));
  }

  /** Only where it is configured: addresses end up in the logs of whatever stands in between. */
  private Optional<String> queryToken(ClientHandshake request) {
    Matcher token = QUERY_TOKEN.matcher(request.getResourceDescriptor());
    return house.config().access().legacy() && token.find()
        ? Optional.of(token.group(1))
        : Optional.empty();
  }

  private static Optional<String> header(ClientHandshake request, String name) {
    return Optional.of(request.getFieldValue(name)).filter(value -> !value.isEmpty());
  }

  /** Whether this address may have one more connection. */
  private boolean hasRoom(Peers.Peer peer) {
    int most = house.config().limits().connections().perAddress();
    return sockets.stream().filter(it -> peer.address().equals(it.peer())).limit(most).count()
        < most;
  }

  private static String path(ClientHandshake request) {
    return request.getResourceDescriptor().split("\\?", 2)[0];
  }

  private void reap() {
    try {
      while (!ending.await(1, TimeUnit.SECONDS)) {
        long now = System.nanoTime();
        sockets.forEach(socket -> socket.closeIfHalfOpen(now, HANDSHAKE.toNanos()));
        sockets.removeIf(WebSocketImpl::isClosed);
      }
    } catch (InterruptedException e) {
      LOG.debug("interrupted, and ends");
    }
  }

  /** Makes sockets that are tracked, and no more of them than there may be. */
  private final class Sockets implements WebSocketServerFactory {
    @Override
    public WebSocketImpl createWebSocket(WebSocketAdapter listener, Draft draft) {
      return createWebSocket(listener, List.of(draft));
    }

    @Override
    public WebSocketImpl createWebSocket(WebSocketAdapter listener, List<Draft> drafts) {
      TrackedSocket socket = new TrackedSocket(listener, drafts, house.config().limits().header());
      sockets.add(socket);
      return socket;
    }

    @Override
    public ByteChannel wrapChannel(SocketChannel channel, SelectionKey key) throws IOException {
      boolean tooMany = full || sockets.size() > house.config().limits().connections().total();
      if (tooMany || accepts.take(System.nanoTime()) > 0) {
        sockets.remove(key.attachment());
        throw new IOException(tooMany ? "too many connections" : "too many at a time");
      }
      return channel;
    }

    @Override
    public void close() {
      LOG.debug("the socket door is shut");
    }
  }
}
