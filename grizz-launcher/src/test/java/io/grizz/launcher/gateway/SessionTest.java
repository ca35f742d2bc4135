package io.grizz.launcher.gateway;

import static java.net.http.HttpResponse.BodyHandlers.discarding;
import static java.net.http.HttpResponse.BodyHandlers.ofLines;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import io.grizz.api.Job;
import io.grizz.launcher.FreePorts;
import io.grizz.launcher.RawClient;
import io.grizz.launcher.gateway.GatewayConfig.Auth;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Tokens of open connections are looked at again, with the keys of then; the test moves the clock.
 */
@ExtendWith(SharedGrizz.class)
@Timeout(60)
class SessionTest {

  private final RunningGrizz running;
  private final UUID user = UUID.randomUUID();
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
  private final AtomicReference<List<JWK>> published = new AtomicReference<>(List.of());
  private final int port = FreePorts.pair();
  private final HttpClient http = HttpClient.newHttpClient();
  private final HttpServer keys;
  private final ECKey withdrawn;
  private final ECKey kept;
  private Gateway gateway;

  SessionTest(RunningGrizz running) throws Exception {
    this.running = running;
    keys = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    withdrawn = new ECKeyGenerator(Curve.P_256).keyID("withdrawn").generate();
    kept = new ECKeyGenerator(Curve.P_256).keyID("kept").generate();
  }

  @BeforeEach
  void open() throws Exception {
    published.set(List.of(withdrawn, kept));
    keys.createContext(
        "/",
        exchange -> {
          byte[] body = new JWKSet(published.get()).toString(true).getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    keys.start();
    URI uri = URI.create("http://127.0.0.1:" + keys.getAddress().getPort() + "/keys");
    PublicKeys where =
        new PublicKeys(uri, Duration.ofMinutes(10), Duration.ofHours(1), Duration.ofSeconds(30));
    Auth auth = new Auth(RunningGrizz.SECRET, false, RunningGrizz.CLAIMS, Optional.of(where));
    gateway =
        Gateway.open(
            RunningGrizz.config(port).with(auth),
            new Stores(running.grizz.queue(), running.chats.record(), running.chats.chat()),
            Gateway.Means.alone(now::get, running.grizz::newId));
    String token = signed(kept);
    // why: it lets in whoever it can, and does not wait for its first keys
    await()
        .until(() -> http.send(to("/api/conversations", token), discarding()).statusCode() == 200);
  }

  @AfterEach
  void close() {
    http.shutdownNow();
    gateway.close();
    keys.stop(0);
  }

  @Test
  void connectionWhoseKeyWasWithdrawnEnds_andOthersGoOn() throws Exception {
    try (RawClient ends = RawClient.connect(ws(), signed(withdrawn));
        RawClient goesOn = RawClient.connect(ws(), signed(kept))) {
      await().until(() -> ends.frames("welcome").size() + goesOn.frames("welcome").size() == 2);
      published.set(List.of(kept));
      later(Duration.ofMinutes(29));
      for (RawClient each : List.of(ends, goesOn)) {
        lives(each);
      }
      later(Duration.ofMinutes(2));
      assertThat(ends.closeCode()).isEqualTo(Close.INVALID_TOKEN.code());
      lives(goesOn);
    }
  }

  @Test
  void streamOverHttpWhoseKeyWasWithdrawnEnds() throws Exception {
    Job job = running.grizz.job("greet", "{}").with(Job.Sender.ANONYMOUS.withUser(user));
    running.grizz.queue().enqueue(job);
    HttpResponse<Stream<String>> response =
        http.send(to("/v1/jobs/" + job.id() + "/events", signed(withdrawn)), ofLines());
    assertThat(response.statusCode()).isEqualTo(200);
    try (Stream<String> lines = response.body()) {
      published.set(List.of(kept));
      later(Duration.ofMinutes(31));
      assertThat(lines.filter(it -> it.contains("done"))).isEmpty();
    }
  }

  private HttpRequest to(String path, String token) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
        .header("Authorization", "Bearer " + token)
        .build();
  }

  /** Two signs of life: between them, the connection has looked at its clocks. */
  private static void lives(RawClient client) {
    int before = client.frames("pong").size();
    for (int i = 1; i <= 2; i++) {
      client.send("{\"t\":\"ping\",\"ts\":1}");
      int pongs = before + i;
      await().until(() -> client.frames("pong").size() == pongs);
    }
    assertThat(client.closed()).isEmpty();
  }

  private URI ws() {
    return URI.create("ws://127.0.0.1:" + (port + 1) + "/v1/ws");
  }

  private void later(Duration time) {
    now.updateAndGet(it -> it.plus(time));
  }

  private String signed(ECKey key) throws Exception {
    JWTClaimsSet claims =
        new JWTClaimsSet.Builder()
            .subject(user.toString())
            .issuer("grizz")
            .audience("authenticated")
            .expirationTime(Date.from(now.get().plus(Duration.ofHours(3))))
            .build();
    SignedJWT token =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(key.getKeyID()).build(), claims);
    token.sign(new ECDSASigner(key));
    return token.serialize();
  }
}
