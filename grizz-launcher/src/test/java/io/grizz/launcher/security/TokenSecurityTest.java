package io.grizz.launcher.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import com.fasterxml.jackson.databind.JsonNode;
import io.grizz.api.ConfigException;
import io.grizz.api.Doorbell;
import io.grizz.launcher.LogWatch;
import io.grizz.launcher.RawClient;
import io.grizz.launcher.RawSocket;
import io.grizz.launcher.RawSocket.Closed;
import io.grizz.launcher.gateway.GatewayConfig.Auth;
import io.grizz.launcher.gateway.RunningGrizz;
import io.grizz.launcher.gateway.SharedGrizz;
import java.io.IOException;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;

/** S11 to S19: which tokens let nobody in, and what a good one stops to allow. */
@ExtendWith(SharedGrizz.class)
@ResourceLock("log")
class TokenSecurityTest {

  private static final int INVALID = 4501;
  private static final int FORBIDDEN = 4507;

  private final UUID user = UUID.randomUUID();
  private final RunningGrizz grizz;

  TokenSecurityTest(RunningGrizz grizz) {
    this.grizz = grizz;
  }

  @Test
  void S11_tokenThatIsSignedInAnyOtherWayIsInvalid() throws Exception {
    byte[] publicKey =
        KeyPairGenerator.getInstance("RSA").generateKeyPair().getPublic().getEncoded();
    assertThat(entered(Forge.claims(it -> {}))).as("the way that is right").isTrue();
    refused(
        Forge.unsigned("{\"alg\":\"none\"}"),
        Forge.unsigned("{\"alg\":\"HS256\"}"),
        Forge.header("{\"alg\":\"none\"}"),
        Forge.header("{\"alg\":\"hs256\"}"),
        Forge.header("{\"alg\":\"HS512\"}", "HmacSHA512"),
        Forge.header("{\"alg\":\"HS384\"}", "HmacSHA384"),
        Forge.header("{\"alg\":\"HS512\"}"),
        Forge.header("{\"alg\":\"RS256\"}"),
        Forge.header("{}"),
        Forge.signature("{\"alg\":\"HS256\"}", publicKey),
        Forge.signature("{\"alg\":\"RS256\"}", publicKey),
        Forge.signature("{\"alg\":\"HS256\"}", new byte[32]),
        Forge.header("{\"alg\":\"HS256\",\"crit\":[\"exp\"],\"exp\":1}"),
        Forge.header("{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":true}"),
        Forge.header("{\"alg\":\"HS256\",\"jku\":\"https://evil.example/keys\"}"),
        Forge.header("{\"alg\":\"HS256\",\"x5u\":\"https://evil.example/keys\"}"),
        Forge.header("{\"alg\":\"HS256\",\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"}}"));
  }

  @Test
  void S12_claimThatIsMissingOrWrongOrOfAnotherTypeIsInvalid() throws IOException {
    assertThat(entered(Forge.claims(it -> it.putArray("aud").add("x").add("authenticated"))))
        .as("a list with our audience")
        .isTrue();
    for (String claim : List.of("exp", "iss", "aud", "sub")) {
      refused(
          Forge.claims(it -> it.remove(claim)),
          Forge.claims(it -> it.putNull(claim)),
          Forge.claims(it -> it.put(claim, "")),
          Forge.claims(it -> it.put(claim, "https://evil.example")),
          Forge.claims(it -> it.putObject(claim)),
          Forge.claims(it -> it.put(claim, true)));
    }
    refused(
        Forge.claims(it -> it.putArray("aud").add("x").add("y")),
        Forge.claims(it -> it.putArray("iss").add("grizz")),
        Forge.claims(it -> it.putArray("sub").add(user.toString())),
        Forge.claims(it -> it.put("sub", "1-1-1-1-1")),
        Forge.claims(it -> it.put("sub", user + "\n")),
        Forge.claims(it -> it.put("sub", 7)));
  }

  @Test
  void S13_tokenThatEndedOrBeginsLaterIsInvalid() throws IOException {
    long now = Instant.now().getEpochSecond();
    refused(
        Forge.ending(user, -32),
        Forge.ending(user, -100_000_000),
        Forge.claims(it -> it.put("nbf", now + 60)));
    assertThat(entered(Forge.claims(it -> it.put("nbf", now + 15)))).isTrue();
  }

  @Test
  void S14_keysOfAProjectAreNobodysToken() throws IOException {
    refused(
        Forge.claims(it -> it.put("role", "anon")),
        Forge.claims(it -> it.put("role", "service_role")));
    assertThat(entered(Forge.claims(it -> it.put("role", "authenticated")))).isTrue();
  }

  @Test
  void S15_secretOfLessThan32BytesIsRefusedAndNotShown() {
    assertThatThrownBy(() -> new Auth("x".repeat(31), false, RunningGrizz.CLAIMS, Optional.empty()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("32 bytes")
        .hasMessageNotContaining("xxx");
  }

  @Test
  void S16_tokenEndsWithItsConnection_unlessItsOwnUserBringsAnother() {
    try (RawClient late = RawClient.connect(grizz.ws(), Forge.ending(user, -27));
        RawClient fresh = RawClient.connect(grizz.ws(), Forge.ending(user, -27));
        RawClient other = RawClient.connect(grizz.ws(), grizz.token(user))) {
      fresh.ask("1", auth("1", grizz.token(user)));
      String job = send(fresh, "/words 400");
      other.ask("1", "{\"t\":\"watch\",\"id\":\"1\",\"job\":\"" + job + "\"}");
      other.send(auth("2", grizz.token(UUID.randomUUID())));
      assertThat(other.closeCode()).isEqualTo(FORBIDDEN);
      int heard = other.frames().size();

      assertThat(late.closeCode()).isEqualTo(4005);
      assertThat(late.frames("auth_soon")).hasSize(1);
      await().until(() -> fresh.ends() == 1);
      assertThat(other.frames()).as("heard after it was closed").hasSize(heard);
    }
  }

  @Test
  void S18_kickedUserLosesAllSocketsWithinASecond() {
    try (RawClient first = RawClient.connect(grizz.ws(), grizz.token(user));
        RawClient second = RawClient.connect(grizz.ws(), grizz.token(user));
        RawClient other = RawClient.connect(grizz.ws(), grizz.token(UUID.randomUUID()));
        Doorbell doorbell = grizz.grizz.queue().doorbell(new Doorbell.Listener() {})) {
      for (RawClient each : List.of(first, second, other)) {
        await().until(() -> !each.frames("welcome").isEmpty());
      }
      long began = System.nanoTime();
      doorbell.order(new Doorbell.Order.Kick(user));
      assertThat(List.of(first.closeCode(), second.closeCode())).containsOnly(FORBIDDEN);
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(1));
      other.send("{\"t\":\"ping\",\"ts\":1}");
      await().atMost(5, TimeUnit.SECONDS).until(() -> !other.frames("pong").isEmpty());
    }
  }

  @Test
  void S19_clientIsToldTheSameWhateverIsWrong_andOnlyTheLogAtDebugSaysWhat() throws IOException {
    List<String> bad =
        List.of(
            Forge.ending(user, -3_600),
            Forge.header("{\"alg\":\"HS512\"}", "HmacSHA512"),
            Forge.claims(it -> it.put("iss", "evil")),
            "no.good.token",
            "x");
    try (LogWatch log = LogWatch.from(Level.DEBUG)) {
      for (String token : bad) {
        assertThat(closed(token)).isEqualTo(new Closed(INVALID, "invalid token"));
      }
      assertThat(bad.stream().map(this::asked).distinct())
          .singleElement()
          .asString()
          .contains("401", "\"code\":\"unauthenticated\"", "\"title\":\"invalid token\"");
      assertThat(log.lines(Level.DEBUG).filter(it -> it.contains("a token was refused")))
          .anyMatch(it -> it.contains("its end"))
          .anyMatch(it -> it.contains("its algorithm"))
          .anyMatch(it -> it.contains("its issuer"))
          .noneMatch(it -> bad.stream().filter(token -> token.length() > 1).anyMatch(it::contains));
      assertThat(log.lines(Level.INFO)).noneMatch(it -> it.contains("token"));
    }
  }

  private static String auth(String id, String token) {
    return "{\"t\":\"auth\",\"id\":\"" + id + "\",\"token\":\"" + token + "\"}";
  }

  private static String send(RawClient client, String text) {
    JsonNode ok =
        client.ask(
            "s",
            "{\"t\":\"send\",\"id\":\"s\",\"msg\":\"%s\",\"text\":\"%s\"}"
                .formatted(UUID.randomUUID(), text));
    assertThat(ok.path("t").asText()).as(ok.toString()).isEqualTo("ok");
    return ok.path("job").asText();
  }

  private void refused(String... tokens) throws IOException {
    for (String token : tokens) {
      assertThat(closed(token).code()).as(token).isEqualTo(INVALID);
      assertThat(asked(token)).as(token).startsWith("HTTP/1.1 401");
    }
  }

  private boolean entered(String token) throws IOException {
    try (RawSocket socket = handshake(token)) {
      return socket.send("{\"t\":\"hello\",\"id\":\"1\"}").text().contains("welcome");
    }
  }

  private Closed closed(String token) throws IOException {
    try (RawSocket socket = handshake(token)) {
      return socket.closed().orElseThrow();
    }
  }

  private RawSocket handshake(String token) throws IOException {
    RawSocket socket = RawSocket.to(grizz.wsPort());
    socket.say(RawSocket.handshake("Authorization: Bearer " + token));
    assertThat(socket.head()).startsWith("HTTP/1.1 101");
    return socket;
  }

  /** The whole answer over HTTP but for its date. */
  private String asked(String token) {
    String request =
        "GET /api/conversations HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
            + "Authorization: Bearer "
            + token
            + "\r\n\r\n";
    try {
      return RawSocket.answerTo(grizz.port, request).replaceFirst("(?m)^Date: .*$", "");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
