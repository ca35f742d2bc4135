package io.grizz.launcher.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import io.grizz.api.ConfigException;
import io.grizz.api.JobQueue;
import io.grizz.api.QueueConfig;
import io.grizz.launcher.FreePorts;
import io.grizz.launcher.RawClient;
import io.grizz.launcher.RawSocket;
import io.grizz.launcher.gateway.GatewayConfig.Auth;
import io.grizz.memory.MemoryQueue;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tokens that an identity provider signed, on a clock that the test moves. */
class PublicKeysTest {

  private static final Duration FRESH = Duration.ofMinutes(10);
  private static final Duration OUTAGE = Duration.ofHours(1);
  private static final Duration PAUSE = Duration.ofSeconds(30);
  private static final int DOWN = 503;

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-05-01T12:00:00Z"));
  private final AtomicReference<List<JWK>> published = new AtomicReference<>(List.of());
  private final AtomicInteger fetches = new AtomicInteger();
  private final CountDownLatch asked = new CountDownLatch(1);
  private Runnable before = () -> {};
  private boolean down;
  private HttpServer server;
  private Auth auth;
  private Tokens tokens;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/keys",
        exchange -> {
          fetches.incrementAndGet();
          before.run();
          byte[] body = new JWKSet(published.get()).toString(true).getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(down ? DOWN : 200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/keys");
    PublicKeys keys = new PublicKeys(uri, FRESH, OUTAGE, PAUSE);
    auth = new Auth(RunningGrizz.SECRET, false, RunningGrizz.CLAIMS, Optional.of(keys));
    tokens = new Tokens(auth, now::get);
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void secretAndBothKindsOfKeysServeSideBySide() throws Exception {
    RSAKey rsa = rsa("r1");
    ECKey ec = ec("e1");
    published.set(List.of(rsa, ec));
    assertThat(tokens.verify(signed(rsa))).isPresent();
    assertThat(tokens.verify(signed(ec))).isPresent();
    assertThat(tokens.verify(tokens.issue(UUID.randomUUID(), Duration.ofHours(1)))).isPresent();
    assertThat(fetches).hasValue(1);
  }

  @Test
  void rotatedKeyIsFetchedOnceItIsNamed() throws Exception {
    ECKey old = ec("e1");
    ECKey fresh = ec("e2");
    published.set(List.of(old));
    assertThat(tokens.verify(signed(old))).isPresent();
    published.set(List.of(fresh));
    later(PAUSE);
    assertThat(tokens.verify(signed(fresh))).isPresent();
    assertThat(tokens.verify(signed(old))).isEmpty();
  }

  @Test
  void floodOfUnknownKeysIsOneFetchInEachPause() throws Exception {
    published.set(List.of(ec("e1")));
    for (int i = 0; i < 100; i++) {
      assertThat(tokens.verify(signed(ec("unknown-" + i)))).isEmpty();
    }
    assertThat(fetches).hasValue(1);
    later(PAUSE);
    assertThat(tokens.verify(signed(ec("unknown")))).isEmpty();
    assertThat(tokens.verify(signed(ec("unknown")))).isEmpty();
    assertThat(fetches).hasValue(2);
  }

  @Test
  void knownKeysServeThroughAnOutageAndNotForEver() throws Exception {
    ECKey key = ec("e1");
    published.set(List.of(key));
    assertThat(tokens.verify(signed(key))).isPresent();
    down = true;
    later(FRESH.plus(OUTAGE).minusSeconds(1));
    assertThat(tokens.verify(signed(key))).isPresent();
    later(Duration.ofSeconds(2));
    assertThat(tokens.verify(signed(key))).isEmpty();
    down = false;
    later(PAUSE);
    assertThat(tokens.verify(signed(key))).isPresent();
  }

  @Test
  void whoComesWhileTheKeysAreFetchedWaitsForThem() throws Exception {
    ECKey key = ec("e1");
    published.set(List.of(key));
    String token = signed(key);
    CountDownLatch answer = new CountDownLatch(1);
    before =
        () -> {
          asked.countDown();
          await(answer);
        };
    Map<Thread, Boolean> good = new ConcurrentHashMap<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Thread comes =
          Thread.ofPlatform()
              .start(() -> good.put(Thread.currentThread(), tokens.verify(token).isPresent()));
      threads.add(comes);
      await(asked);
    }
    Set<Thread.State> standing = Set.of(Thread.State.TIMED_WAITING, Thread.State.TERMINATED);
    Awaitility.await().until(() -> standing.contains(threads.getLast().getState()));
    answer.countDown();
    for (Thread each : threads) {
      each.join();
    }
    assertThat(good).hasSize(2).doesNotContainValue(false);
    assertThat(fetches).hasValue(1);
  }

  @Test
  void beforeTheFirstKeysNobodyCanSay_andThatIsNoRefusalForGood() throws Exception {
    ECKey key = ec("e1");
    published.set(List.of(key));
    down = true;
    for (int i = 0; i < 2; i++) {
      String token = signed(key);
      assertThatThrownBy(() -> tokens.verify(token))
          .isInstanceOf(Refusal.class)
          .satisfies(e -> assertThat(((Refusal) e).code()).isEqualTo("overloaded"))
          .satisfies(e -> assertThat(((Refusal) e).retryAfter()).contains(PAUSE));
    }
    assertThat(fetches).hasValue(1);
    assertThat(tokens.verify(tokens.issue(UUID.randomUUID(), Duration.ofHours(1)))).isPresent();
    down = false;
    later(PAUSE);
    assertThat(tokens.verify(signed(key))).isPresent();
    assertThat(tokens.verify(signed(ec("unknown")))).isEmpty();
  }

  @Test
  void whoComesBeforeTheFirstKeysIsToldToComeBack_atEveryDoor() throws Exception {
    down = true;
    String token = signed(ec("e1"));
    int port = FreePorts.pair();
    URI ws = URI.create("ws://127.0.0.1:" + (port + 1) + "/v1/ws");
    JobQueue queue = MemoryQueue.open(QueueConfig.named("keys"), now::get);
    try (queue;
        Gateway gateway =
            Gateway.open(
                RunningGrizz.config(port).with(auth),
                QuietHouse.stores(queue),
                Gateway.Means.alone(now::get, UUID::randomUUID));
        RawClient early = RawClient.silent(ws, token);
        RawClient later = RawClient.silent(ws, "")) {
      assertThat(early.closeCode()).as(gateway.toString()).isEqualTo(Close.OVERLOADED.code());
      later.send("{\"t\":\"hello\",\"id\":\"1\",\"token\":\"" + token + "\"}");
      assertThat(later.closeCode()).isEqualTo(Close.OVERLOADED.code());
      String answer =
          RawSocket.answerTo(
              port,
              "GET /api/conversations HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                  + ("Authorization: Bearer " + token + "\r\n\r\n"));
      assertThat(answer)
          .startsWith("HTTP/1.1 503")
          .containsIgnoringCase("Retry-After: 30\r\n")
          .contains("\"code\":\"overloaded\"");
    }
  }

  @Test
  void algorithmsMeetOnlyTheirOwnKindOfKey() throws Exception {
    RSAKey rsa = rsa("k");
    published.set(List.of(rsa));
    assertThat(tokens.verify(signed(ec("k")))).isEmpty();
    assertThat(tokens.verify(signed(JWSAlgorithm.RS384, "k", new RSASSASigner(rsa)))).isEmpty();
    byte[] publicKey = rsa.toPublicJWK().toString().getBytes(StandardCharsets.UTF_8);
    assertThat(tokens.verify(signed(JWSAlgorithm.HS256, "k", new MACSigner(publicKey)))).isEmpty();
    assertThat(tokens.verify(signed(rsa("k")))).as("another key of that name").isEmpty();
  }

  @Test
  void keysComeOverTlsOrFromThisMachine() {
    assertThatThrownBy(() -> new PublicKeys(URI.create("http://a.example"), FRESH, OUTAGE, PAUSE))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("auth.jwks");
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void later(Duration time) {
    now.updateAndGet(it -> it.plus(time));
  }

  private static RSAKey rsa(String id) throws Exception {
    return new RSAKeyGenerator(2048).keyID(id).generate();
  }

  private static ECKey ec(String id) throws Exception {
    return new ECKeyGenerator(Curve.P_256).keyID(id).generate();
  }

  private String signed(RSAKey key) throws Exception {
    return signed(JWSAlgorithm.RS256, key.getKeyID(), new RSASSASigner(key));
  }

  private String signed(ECKey key) throws Exception {
    return signed(JWSAlgorithm.ES256, key.getKeyID(), new ECDSASigner(key));
  }

  private String signed(JWSAlgorithm algorithm, String id, JWSSigner signer) throws Exception {
    JWTClaimsSet claims =
        new JWTClaimsSet.Builder()
            .subject(UUID.randomUUID().toString())
            .issuer("grizz")
            .audience("authenticated")
            .expirationTime(Date.from(now.get().plusSeconds(60)))
            .build();
    SignedJWT token = new SignedJWT(new JWSHeader.Builder(algorithm).keyID(id).build(), claims);
    token.sign(signer);
    return token.serialize();
  }
}
