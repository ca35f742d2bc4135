package io.grizz.launcher.gateway;

import static java.util.stream.Collectors.joining;

import io.grizz.api.Pressure;
import io.grizz.launcher.gateway.Connection.House;
import io.grizz.launcher.gateway.HttpDoor.Manners;
import io.grizz.launcher.gateway.HttpDoor.Route;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Both doors of one web process. {@link #open} starts their threads, {@link #close} ends them. */
public final class Gateway implements AutoCloseable {

  private static final int SLICES = 20;
  private static final Duration LONGEST_RETURN = Duration.ofSeconds(10);
  private static final Duration LONGEST_GOODBYE = Duration.ofSeconds(1);

  private final Hub hub;
  private final SocketDoor sockets;
  private final HttpDoor http;
  private final Optional<Front> front;
  private final String address;
  private final GatewayConfig.Delivery delivery;
  private final Supplier<UUID> ids;
  private final CountDownLatch closing = new CountDownLatch(1);

  private Gateway(Hub hub, SocketDoor sockets, HttpDoor http, Optional<Front> front, House house) {
    this.hub = hub;
    this.sockets = sockets;
    this.http = http;
    this.front = front;
    this.address = house.config().address().hostInUrl() + ":" + house.config().address().port();
    this.delivery = house.config().delivery();
    this.ids = house.ids();
  }

  /**
   * What the doors need besides their stores.
   *
   * @param ids names jobs that come over HTTP
   * @param processes what the supervisor says of the other processes
   * @param metrics how everything is, as Prometheus reads it
   * @param pressure hears of what is enqueued through the queue of the stores
   */
  public record Means(
      InstantSource clock,
      Supplier<UUID> ids,
      Supplier<String> processes,
      Supplier<String> metrics,
      Backpressure pressure) {

    /** For doors that nobody supervises, measures or slows. */
    public static Means alone(InstantSource clock, Supplier<UUID> ids) {
      return new Means(clock, ids, () -> "", () -> "", new Backpressure(System::nanoTime));
    }
  }

  /**
   * How the doors are at this moment.
   *
   * @param users who are connected
   * @param connections of them all, streams over HTTP included
   * @param outboxBytes that wait for them all
   * @param doorbellSilence since the doorbell was last heard
   * @param pressure how full the queue is, as far as is known
   * @param closed connections that were closed from here, by the name of the code
   * @param refused requests that were refused, by code
   */
  public record Standing(
      int users,
      int connections,
      long outboxBytes,
      Duration doorbellSilence,
      Pressure pressure,
      Map<String, Long> closed,
      Map<String, Long> refused) {}

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
    Hub hub = new Hub(stores.queue(), config, means.pressure());
    House house = new House(hub, stores, tokens, config, means.clock(), means.ids());
    List<Route> routes = routes(house, origins, means);
    Manners manners = new Manners(origins, contentPolicy(address), config, peers, hub.refused());
    InetSocketAddress httpAddress = address.front() ? near() : at(address, address.port());
    InetSocketAddress wsAddress = address.front() ? near() : at(address, address.webSocketPort());
    try {
      HttpDoor http = new HttpDoor(httpAddress, routes, manners);
      SocketDoor sockets = new SocketDoor(wsAddress, house, origins, peers);
      try {
        sockets.open();
      } catch (IOException e) {
        http.shut();
        throw taken(address.webSocketPort(), e);
      }
      http.open();
      Front.Doors doors = new Front.Doors(http.port(), sockets.getPort());
      Optional<Front> front =
          address.front()
              ? Optional.of(new Front(doors, config.limits(), peers))
              : Optional.empty();
      Gateway gateway = new Gateway(hub, sockets, http, front, house);
      if (front.isPresent()) {
        gateway.listen(front.get(), at(address, address.port()));
      }
      return gateway;
    } catch (BindException e) {
      hub.close();
      throw taken(address.port(), e);
    } catch (IOException e) {
      hub.close();
      throw e;
    }
  }

  private void listen(Front outside, InetSocketAddress address)
      throws IOException, InterruptedException {
    try {
      outside.open(address);
    } catch (IOException e) {
      http.shut();
      sockets.shut();
      throw e;
    }
  }

  private static InetSocketAddress at(GatewayConfig.Address address, int port) {
    return new InetSocketAddress(address.host(), port);
  }

  /** Any port of loopback. */
  private static InetSocketAddress near() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  /** Every route of the HTTP door. */
  static List<Route> routes(House house, OriginRule origins, Means means) {
    Stores stores = house.stores();
    List<Route> routes = new ArrayList<>();
    routes.addAll(new Pages(house.config(), house.tokens(), origins, means.clock()).routes());
    Api api = new Api(house);
    routes.addAll(api.routes());
    routes.addAll(new ConversationsApi(stores, means.clock()).routes(api));
    routes.addAll(new UsageApi(stores.record(), means.clock()).routes(api));
    routes.addAll(new JobsApi(house).routes(api));
    routes.addAll(new EventsApi(house).routes(api));
    routes.addAll(new Health(stores, house.hub(), means.processes()).routes());
    OperatorRule operator = new OperatorRule(house.config().access().operator(), origins);
    routes.addAll(new AdminApi(house, operator, means.processes()).routes());
    routes.add(new Route("GET", "/metrics", operator.orNear(it -> it.metrics(means.metrics()))));
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

  /** How the doors are now; for counting, never for deciding. */
  public Standing standing() {
    return hub.standing();
  }

  /** Tells every client to come back elsewhere, or later, and closes both doors. */
  @Override
  public void close() {
    closing.countDown();
    sockets.letNobodyIn();
    hub.drain();
    hub.all().forEach(this::sendElsewhere);
    try {
      hub.awaitNobody(LONGEST_GOODBYE); // or the doors would be shut before it is said
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try {
      http.shut();
      sockets.shut();
      if (front.isPresent()) {
        front.get().shut();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    hub.close();
  }

  @Override
  public String toString() {
    return address;
  }

  // why several addresses: a browser that found us by name connects by name
  private static String contentPolicy(GatewayConfig.Address address) {
    String ws =
        address
            .publicWs()
            .orElseGet(() ->
                Stream.of("localhost", "127.0.0.1", address.hostInUrl())
                    .filter(host -> !host.startsWith("[")) // a policy cannot name those
                    .map(host -> "ws://" + host + ":" + address.webSocketPort())
                    .distinct()
                    .collect(joining(" ")));
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
