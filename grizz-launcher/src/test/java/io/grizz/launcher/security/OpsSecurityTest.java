package io.grizz.launcher.security;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.grizz.json.Json;
import io.grizz.launcher.FreePorts;
import io.grizz.launcher.RawSocket;
import io.grizz.launcher.gateway.Gateway;
import io.grizz.launcher.gateway.GatewayConfig;
import io.grizz.launcher.gateway.GatewayConfig.Address;
import io.grizz.launcher.gateway.GatewayConfig.Auth;
import io.grizz.launcher.gateway.GatewayConfig.Operator;
import io.grizz.launcher.gateway.RunningGrizz;
import io.grizz.launcher.gateway.SharedGrizz;
import io.grizz.model.ChatRequest;
import io.grizz.model.ModelConfig;
import io.grizz.model.ModelException;
import io.grizz.model.OpenAiChatModel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** S43 to S50: secrets, and what only an operator may do. */
@ExtendWith(SharedGrizz.class)
class OpsSecurityTest {

  private static final List<String> ADMIN_ROUTES =
      List.of(
          "GET /admin/queue",
          "POST /admin/queue/pause",
          "GET /admin/workers",
          "GET /admin/dead",
          "DELETE /admin/dead/6f1c2e4e-8d0b-4c57-9a43-0d6f7b1f2a11",
          "POST /admin/users/6f1c2e4e-8d0b-4c57-9a43-0d6f7b1f2a11/kick");

  private final RunningGrizz grizz;

  OpsSecurityTest(RunningGrizz grizz) {
    this.grizz = grizz;
  }

  @Test
  void S45_operatorsDoorOpensToTheTokenOnly_andToThisMachineOnly() throws Exception {
    String token = "Authorization: Bearer " + RunningGrizz.ADMIN;
    String user = "Authorization: Bearer " + grizz.token(UUID.randomUUID());
    for (String route : ADMIN_ROUTES) {
      assertThat(ask(grizz.port, route, user)).as(route).startsWith("HTTP/1.1 401");
      assertThat(ask(grizz.port, route, "X-Nothing: 1")).as(route).startsWith("HTTP/1.1 401");
      assertThat(ask(grizz.port, route, token.replace("long", "lonG")))
          .as(route)
          .startsWith("HTTP/1.1 401");
      assertThat(ask(grizz.port, route, "Cookie: token=" + RunningGrizz.ADMIN))
          .as(route + " by a cookie, as another page's request would have it")
          .startsWith("HTTP/1.1 401");
      assertThat(ask(grizz.port, route, token + "\r\nX-Forwarded-For: 127.0.0.1"))
          .as(route + " through a proxy")
          .startsWith("HTTP/1.1 403");
    }
    assertThat(ask(grizz.port, "GET /admin/queue", token)).startsWith("HTTP/1.1 200");

    int port = FreePorts.pair();
    GatewayConfig none = RunningGrizz.config(port);
    try (Gateway gateway = grizz.another(none.with(none.access().with(Operator.NOBODY)))) {
      for (String guess : List.of(token, "Authorization: Bearer ", "Authorization: Bearer null")) {
        assertThat(ask(port, "GET /admin/queue", guess))
            .as("no token is set, at " + gateway)
            .startsWith("HTTP/1.1 401");
      }
    }
  }

  @Test
  void S46_keyOfTheModelGoesNowhereElse_wheneverItsServerSendsUsOn() throws Exception {
    List<String> asked = new CopyOnWriteArrayList<>();
    HttpServer elsewhere = server();
    HttpServer model = server();
    elsewhere.createContext(
        "/",
        exchange -> {
          asked.add("elsewhere");
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    model.createContext(
        "/",
        exchange -> {
          asked.add(exchange.getRequestHeaders().getFirst("Authorization"));
          int port = elsewhere.getAddress().getPort();
          exchange.getResponseHeaders().set("Location", "http://127.0.0.1:" + port + "/v1/x");
          exchange.sendResponseHeaders(307, -1);
          exchange.close();
        });
    elsewhere.start();
    model.start();
    URI uri = URI.create("http://127.0.0.1:" + model.getAddress().getPort() + "/v1");
    try (OpenAiChatModel client =
        OpenAiChatModel.open(ModelConfig.at(uri, Optional.of("provider-key")))) {
      ChatRequest request =
          new ChatRequest(
              "any", List.of(new ChatRequest.Message("user", "hi")), ChatRequest.Options.NONE);
      assertThatThrownBy(() -> client.stream(request, text -> {}))
          .isInstanceOf(ModelException.class)
          .hasMessageNotContaining("provider-key");
      assertThat(asked).containsExactly("Bearer provider-key");
    } finally {
      model.stop(0);
      elsewhere.stop(0);
    }
  }

  @Test
  void S48_whatWeBuildOnIsPinned() throws IOException {
    Pattern version = Pattern.compile("<(?:version|[a-z0-9_-]+\\.version)>([^<]*)</");
    try (Stream<Path> tree = Files.walk(Path.of(".."), 2)) {
      List<Path> poms = tree.filter(it -> it.endsWith("pom.xml")).toList();
      assertThat(poms).hasSizeGreaterThan(3);
      for (Path pom : poms) {
        List<String> versions =
            version.matcher(Files.readString(pom)).results().map(it -> it.group(1)).toList();
        assertThat(versions)
            .as(pom.toString())
            .isNotEmpty()
            .allMatch(it -> it.matches("\\d[A-Za-z0-9.-]*|\\[21,\\)|\\$\\{[a-z0-9._-]+}"))
            .noneMatch(it -> it.contains("SNAPSHOT"));
      }
    }
  }

  @Test
  void S49_developmentTokenDoesNotExist_whenAnyOfItsConditionsIsMissing() throws Exception {
    int port = grizz.port;
    String host = "Host: localhost:" + port;
    assertThat(devToken(InetAddress.getLoopbackAddress(), port, host)).startsWith("HTTP/1.1 200");
    List<String> strange =
        List.of(
            "Host: evil.example",
            "Host: localhost:1",
            host + "\r\nOrigin: http://evil.example",
            host + "\r\nOrigin: null",
            host + "\r\nX-Forwarded-For: 127.0.0.1",
            host + "\r\nForwarded: for=127.0.0.1");
    String none = withoutDate(get(port, host));
    for (String headers : strange) {
      assertThat(devToken(InetAddress.getLoopbackAddress(), port, headers))
          .as(headers)
          .startsWith("HTTP/1.1 404")
          .isEqualTo(none);
    }

    Auth theirs = new Auth(RunningGrizz.SECRET, false, RunningGrizz.CLAIMS, Optional.empty());
    int own = FreePorts.pair();
    GatewayConfig config = RunningGrizz.config(own, List.of(), theirs, RunningGrizz.LIMITS);
    try (Gateway gateway = grizz.another(config)) {
      assertThat(devToken(InetAddress.getLoopbackAddress(), own, "Host: localhost:" + own))
          .as("a secret that is the operator's own, at " + gateway)
          .startsWith("HTTP/1.1 404");
    }
  }

  @Test
  void S49_developmentTokenDoesNotExist_whenTheDoorIsOpenToOtherMachines() throws Exception {
    int port = FreePorts.pair();
    Address everywhere = new Address("0.0.0.0", port, Optional.empty(), false);
    try (Gateway gateway = grizz.another(RunningGrizz.config(everywhere))) {
      assertThat(gateway).isNotNull();
      for (InetAddress here : List.of(InetAddress.getLoopbackAddress(), ownAddress())) {
        assertThat(devToken(here, port, "Host: localhost:" + port))
            .as(here.toString())
            .startsWith("HTTP/1.1 404");
      }
    }
  }

  @Test
  void S50_jobOfATypeThatIsNotOfferedIsForbidden() throws IOException {
    for (String type : List.of("chat", "shell", "GREET", "greet ", "../greet")) {
      String body = Json.write(Json.object().put("type", type));
      String request =
          "POST /v1/jobs HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer "
              + grizz.token(UUID.randomUUID())
              + "\r\nContent-Length: "
              + body.getBytes(UTF_8).length
              + "\r\n\r\n"
              + body;
      assertThat(RawSocket.answerTo(grizz.port, request))
          .as(type)
          .startsWith("HTTP/1.1 403")
          .contains("\"code\":\"forbidden\"");
    }
  }

  private static String ask(int port, String line, String header) throws IOException {
    return RawSocket.answerTo(
        port,
        line
            + " HTTP/1.1\r\nHost: localhost:"
            + port
            + "\r\n"
            + header
            + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  }

  private static String devToken(InetAddress at, int port, String headers) throws IOException {
    try (RawSocket socket = RawSocket.to(at, port)) {
      socket.say(
          "POST /dev/token HTTP/1.1\r\n"
              + headers
              + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      return withoutDate(socket.rest());
    }
  }

  /** What is answered where nothing is. */
  private static String get(int port, String headers) throws IOException {
    return RawSocket.answerTo(
        port, "GET /nothing HTTP/1.1\r\n" + headers + "\r\nConnection: close\r\n\r\n");
  }

  private static String withoutDate(String answer) {
    return answer.replaceFirst("(?m)^Date: .*$", "");
  }

  /** An address of this machine that is not loopback; loopback where there is none. */
  private static InetAddress ownAddress() throws IOException {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(it -> !it.isLoopbackAddress() && it.getAddress().length == 4)
        .findFirst()
        .orElse(InetAddress.getLoopbackAddress());
  }

  private static HttpServer server() throws IOException {
    return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
  }
}
