package io.grizz.launcher.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.grizz.api.ConfigException;
import io.grizz.launcher.gateway.GatewayConfig.Auth;
import io.grizz.launcher.gateway.GatewayConfig.Claims;
import java.net.URI;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which tokens are good: exactly those that we would make. */
class TokensTest {

  private static final String SECRET =
      "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab!!!!";
  private static final Instant NOW = Instant.parse("2026-05-01T12:00:00Z");
  private static final UUID USER = UUID.fromString("6f1c2e4e-8d0b-4c57-9a43-0d6f7b1f2a11");

  private static final Claims CLAIMS =
      new Claims(
          List.of("grizz", "https://auth.example"), "authenticated", Set.of("authenticated"));

  private final Tokens tokens =
      new Tokens(new Auth(SECRET, false, CLAIMS, Optional.empty()), InstantSource.fixed(NOW));

  @Test
  void ourOwnTokenIsGoodUntilItsEnd() {
    assertThat(tokens.verify(tokens.issue(USER, Duration.ofHours(1))))
        .contains(new Tokens.Pass(USER, NOW.plus(Duration.ofHours(1))));
  }

  @Test
  void eachIssuerOnTheListAndAnAudienceAmongOthersAreGood() throws Exception {
    assertThat(tokens.verify(signed(good().issuer("https://auth.example").build()))).isPresent();
    assertThat(tokens.verify(signed(good().audience(List.of("x", "authenticated")).build())))
        .isPresent();
  }

  @Test
  void clocksMayDifferByThirtySeconds() throws Exception {
    assertThat(tokens.verify(signed(good().expirationTime(at(-29)).build()))).isPresent();
    assertThat(tokens.verify(signed(good().expirationTime(at(-31)).build()))).isEmpty();
    assertThat(tokens.verify(signed(good().notBeforeTime(at(29)).build()))).isPresent();
    assertThat(tokens.verify(signed(good().notBeforeTime(at(31)).build()))).isEmpty();
  }

  static Stream<Arguments> claims() {
    return Stream.of(
        claim("no end", it -> it.expirationTime(null)),
        claim("an end that is text", it -> it.claim("exp", "tomorrow")),
        claim("no issuer", it -> it.issuer(null)),
        claim("another issuer", it -> it.issuer("https://evil.example")),
        claim("an issuer that is a list", it -> it.claim("iss", List.of("grizz"))),
        claim("no audience", it -> it.audience((String) null)),
        claim("another audience", it -> it.audience("anon")),
        claim("a list without our audience", it -> it.audience(List.of("a", "b"))),
        claim("an audience that is a number", it -> it.claim("aud", 7)),
        claim("a role of strangers", it -> it.claim("role", "anon")),
        claim("a role of servers", it -> it.claim("role", "service_role")),
        claim("no user", it -> it.subject(null)),
        claim("a user that is no UUID", it -> it.subject("admin")),
        claim("a user with a line break", it -> it.subject(USER + "\n")),
        claim("a user that is short", it -> it.subject("1-1-1-1-1")),
        claim("a user that is a number", it -> it.claim("sub", 7)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("claims")
  void badClaimIsRefused(String name, UnaryOperator<JWTClaimsSet.Builder> change) throws Exception {
    assertThat(tokens.verify(signed(change.apply(good()).build()))).as(name).isEmpty();
  }

  static Stream<Arguments> headers() throws Exception {
    JWSHeader.Builder hs256 = new JWSHeader.Builder(JWSAlgorithm.HS256);
    return Stream.of(
        arguments("another algorithm", new JWSHeader(JWSAlgorithm.HS512)),
        arguments("a bigger one", new JWSHeader(JWSAlgorithm.HS384)),
        arguments(
            "an embedded key",
            new JWSHeader.Builder(hs256.build())
                .jwk(new RSAKey.Builder((RSAPublicKey) rsa().getPublic()).build())
                .build()),
        arguments(
            "a key's address",
            new JWSHeader.Builder(hs256.build())
                .jwkURL(URI.create("https://evil.example"))
                .build()),
        arguments(
            "a certificate's address",
            new JWSHeader.Builder(hs256.build())
                .x509CertURL(URI.create("https://evil.example"))
                .build()),
        arguments(
            "something critical",
            new JWSHeader.Builder(hs256.build())
                .criticalParams(Set.of("b64"))
                .base64URLEncodePayload(true)
                .build()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("headers")
  void badHeaderIsRefused(String name, JWSHeader header) throws Exception {
    SignedJWT token = new SignedJWT(header, good().build());
    token.sign(new MACSigner(SECRET));
    assertThat(tokens.verify(token.serialize())).as(name).isEmpty();
  }

  @Test
  void anotherKeyOrKindOfKeyIsRefused() throws Exception {
    SignedJWT other = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), good().build());
    other.sign(new MACSigner("another secret of thirty-two bytes or more"));
    assertThat(tokens.verify(other.serialize())).isEmpty();

    SignedJWT rsa = new SignedJWT(new JWSHeader(JWSAlgorithm.RS256), good().build());
    rsa.sign(new RSASSASigner(KeyPairGenerator.getInstance("RSA").generateKeyPair().getPrivate()));
    assertThat(tokens.verify(rsa.serialize())).isEmpty();
  }

  @Test
  void unsignedOrChangedTokenIsRefused() throws Exception {
    String[] parts = signed(good().build()).split("\\.", -1);
    String none = Base64URL.encode("{\"alg\":\"none\"}").toString();
    String forged =
        Base64URL.encode(good().subject(UUID.randomUUID().toString()).build().toString())
            .toString();

    assertThat(tokens.verify(none + '.' + parts[1] + '.')).isEmpty();
    assertThat(tokens.verify(none + '.' + parts[1] + '.' + parts[2])).isEmpty();
    assertThat(tokens.verify(parts[0] + '.' + parts[1] + '.')).isEmpty();
    assertThat(tokens.verify(parts[0] + '.' + forged + '.' + parts[2])).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "a.b.c", "e30.e30.e30", "\u0000", "Bearer x"})
  void whatIsNoTokenIsRefused(String text) {
    assertThat(tokens.verify(text)).isEmpty();
    assertThat(tokens.verify(text + "x".repeat(10_000))).isEmpty();
  }

  @Test
  void shortSecretIsRefusedWithoutBeingShown() {
    assertThatThrownBy(() -> new Auth("x".repeat(31), false, CLAIMS, Optional.empty()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("32 bytes")
        .hasMessageNotContaining("xxx");
  }

  private static KeyPair rsa() throws NoSuchAlgorithmException {
    return KeyPairGenerator.getInstance("RSA").generateKeyPair();
  }

  private static Arguments claim(String name, UnaryOperator<JWTClaimsSet.Builder> change) {
    return arguments(name, change);
  }

  private static JWTClaimsSet.Builder good() {
    return new JWTClaimsSet.Builder()
        .subject(USER.toString())
        .issuer("grizz")
        .audience("authenticated")
        .expirationTime(at(60));
  }

  private static Date at(long seconds) {
    return Date.from(NOW.plusSeconds(seconds));
  }

  private static String signed(JWTClaimsSet claims) throws Exception {
    SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims);
    token.sign(new MACSigner(SECRET));
    return token.serialize();
  }
}
