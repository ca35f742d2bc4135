package io.grizz.launcher.gateway;

import io.grizz.launcher.gateway.Connection.House;
import io.grizz.launcher.gateway.HttpDoor.Manners;
import io.grizz.launcher.gateway.HttpDoor.Route;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Both doors of one web process. {@link #open} starts their threads, {@link #close} ends them. */
public final class Gateway implements AutoCloseable {

  private static final int SLICES = 20;
  private static final Duration LONGEST_RETURN = Duration.ofSeconds(10);

  private final Hub hub;
  private final SocketDoor sockets;
  private final HttpDoor http;
  private final String address;
  private final GatewayConfig.Delivery delivery;
  private final Supplier<UUID> ids;
  private final CountDownLatch closing = new CountDownLatch(1);

  private Gateway(Hub hub, SocketDoor sockets, HttpDoor http, House house) {
    this.hub = hub;
    this.sockets = sockets;
    this.http = http;
    this.address = house.config().address().host() + ":" + house.config().address().port();
    this.delivery = house.config().delivery();
    this.ids = house.ids();
  }

  /**
   * What the doors need besides their stores.
   *
   * @param ids names jobs that come over HTTP
   * @param processes what the supervisor says of the other processes
   */
  public record Means(InstantSource clock, Supplier<UUID> ids, Supplier<String> processes) {}

  /**
   * Opens both doors.
   *
   * @throws IOException when a port is taken; the message says which
   */
  public static Gateway open(GatewayConfig config, Stores stores, Means means)
      throws IOException, InterruptedException {
    GatewayConfig.Address address = config.address();
    OriginRule origins = new OriginRule(config.access().origins(), address.port());
    Peers peers = new Peers(config.access());
    Tokens tokens = new Tokens(config.auth(), means.clock());
    Thread.ofVirtual().name("grizz-keys").start(tokens::warm);
    Hub hub = new Hub(stores.queue(), config.limits());
    House house = new House(hub, stores, tokens, config, means.clock(), means.ids());
    List<Route> routes = routes(house, origins, means);
    try {
      HttpDoor http =
          new HttpDoor(
              new InetSocketAddress(address.host(), address.port()),
              routes,
              new Manners(origins, contentPolicy(address), config.limits(), peers));
      SocketDoor sockets =
          new SocketDoor(
              new InetSocketAddress(address.host(), address.webSocketPort()),
              house,
              origins,
              peers);
      try {
        sockets.open();
      } catch (IOException e) {
        http.shut();
        throw taken(address.webSocketPort(), e);
      }
      http.open();
      return new Gateway(hub, sockets, http, house);
    } catch (BindException e) {
      hub.close();
      throw taken(address.port(), e);
    } catch (IOException e) {
      hub.close();
      throw e;
    }
  }

  private static List<Route> routes(House house, OriginRule origins, Means means) {
    Stores stores = house.stores();
    List<Route> routes = new ArrayList<>();
    routes.addAll(new Pages(house.config(), house.tokens(), origins, means.clock()).routes());
    Api api = new Api(stores, house.tokens(), means.clock());
    routes.addAll(api.routes());
    routes.addAll(new ConversationsApi(stores, means.clock()).routes(api));
    routes.addAll(new UsageApi(stores.record(), means.clock()).routes(api));
    routes.addAll(new JobsApi(stores, house.config().offer().jobTypes(), means.ids()).routes(api));
    routes.addAll(new EventsApi(house).routes(api));
    routes.addAll(new Health(stores, house.hub(), means.processes()).routes());
    return routes;
  }

  /**
   * Sends the clients elsewhere, a slice at a time, so that they do not all come back at once; lets
   * nobody new in. Returns when all were told.
   */
  public void drain() throws InterruptedException {
    sockets.letNobodyIn();
    hub.drain();
    List<Guest> clients = new ArrayList<>(hub.all());
    int slice = Math.max(1, (clients.size() + SLICES - 1) / SLICES);
    for (int from = 0; from < clients.size(); from += slice) {
      clients.subList(from, Math.min(from + slice, clients.size())).forEach(this::sendElsewhere);
      if (closing.await(delivery.drain().toMillis() / SLICES, TimeUnit.MILLISECONDS)) {
        return;
      }
    }
  }

  private void sendElsewhere(Guest client) {
    // why of an id: its low half is chance
    long after = Math.floorMod(ids.get().getLeastSignificantBits(), LONGEST_RETURN.toMillis());
    client.goodbye(Duration.ofMillis(after));
  }

  /** Tells every client to come back elsewhere, or later, and closes both doors. */
  @Override
  public void close() {
    closing.countDown();
    hub.all().forEach(connection -> connection.goodbye(Duration.ofSeconds(1)));
    try {
      http.shut();
      sockets.shut();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    hub.close();
  }

  @Override
  public String toString() {
    return address;
  }

  // why two addresses: a browser that found us by name connects by name
  private static String contentPolicy(GatewayConfig.Address address) {
    String ws =
        address
            .publicWs()
            .orElse(
                "ws://localhost:"
                    + address.webSocketPort()
                    + " ws://127.0.0.1:"
                    + address.webSocketPort()
                    + " ws://"
                    + address.host()
                    + ":"
                    + address.webSocketPort());
    return "default-src 'self'; connect-src 'self' "
        + ws
        + "; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
  }

  private static IOException taken(int port, Exception cause) {
    return new IOException(
        "port " + port + " is taken. Stop what listens there, or choose another with --port.",
        cause);
  }
}
