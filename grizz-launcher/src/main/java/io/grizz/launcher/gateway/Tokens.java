package io.grizz.launcher.gateway;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks tokens strictly, and makes them for development: HS256 with the secret, RS256 and ES256
 * with public keys, chosen by the token's algorithm from those that are configured.
 *
 * <p><b>Threads.</b> Safe for any number of threads. Checking may fetch keys, and so may block.
 */
public final class Tokens {

  private static final Logger LOG = LoggerFactory.getLogger(Tokens.class);
  private static final Duration SKEW = Duration.ofSeconds(30);
  private static final int LONGEST = 8 * 1024;

  private static final Pattern UUID_TEXT =
      Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

  private final GatewayConfig.Auth auth;
  private final InstantSource clock;
  private final MACVerifier verifier;
  private final MACSigner signer;
  private final Optional<KeySet> keys;

  public Tokens(GatewayConfig.Auth auth, InstantSource clock) {
    byte[] secret = auth.secret().getBytes(StandardCharsets.UTF_8);
    this.auth = auth;
    this.keys = auth.keys().map(config -> new KeySet(config, clock));
    this.clock = clock;
    try {
      this.verifier = new MACVerifier(secret);
      this.signer = new MACSigner(secret);
    } catch (JOSEException e) {
      throw new IllegalStateException("a secret that was checked is refused", e);
    }
  }

  /** Who comes, and until when the token is good. */
  public record Pass(UUID user, Instant expires) {

    /** Whether it is good no longer; clocks that differ a little are forgiven. */
    boolean endedBy(Instant now) {
      return now.isAfter(expires.plus(SKEW));
    }
  }

  /** Fetches what checking needs. */
  void warm() {
    keys.ifPresent(KeySet::warm);
  }

  /** Makes a token for a user. */
  public String issue(UUID user, Duration lifetime) {
    Instant now = clock.instant();
    JWTClaimsSet claims =
        new JWTClaimsSet.Builder()
            .subject(user.toString())
            .issuer(auth.claims().issuers().getFirst())
            .audience(auth.claims().audience())
            .issueTime(Date.from(now))
            .expirationTime(Date.from(now.plus(lifetime)))
            .build();
    SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims);
    try {
      token.sign(signer);
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
    return token.serialize();
  }

  /**
   * Lets a token in; empty when it is not good, and only the log at DEBUG says why. Throws a {@link
   * Refusal} while nobody can say, because no keys were ever fetched.
   */
  public Optional<Pass> verify(String text) {
    try {
      return text.length() > LONGEST ? refused("too long") : check(SignedJWT.parse(text));
    } catch (ParseException | JOSEException e) {
      return refused("malformed");
    }
  }

  private Optional<Pass> check(SignedJWT token) throws ParseException, JOSEException {
    JWSHeader header = token.getHeader();
    if (header.getJWK() != null
        || header.getJWKURL() != null
        || header.getX509CertURL() != null
        || header.getCriticalParams() != null) {
      return refused("its header");
    }
    Optional<JWSVerifier> right = verifier(header);
    if (right.isEmpty()) {
      return refused("its algorithm or its key");
    }
    if (!token.verify(right.get())) {
      return refused("its signature");
    }
    return claims(token.getJWTClaimsSet());
  }

  /** Who checks this kind of token; an algorithm never meets a key of another kind. */
  private Optional<JWSVerifier> verifier(JWSHeader header) throws JOSEException {
    JWSAlgorithm algorithm = header.getAlgorithm();
    if (algorithm.equals(JWSAlgorithm.HS256)) {
      return Optional.of(verifier);
    }
    String id = header.getKeyID();
    boolean ours = algorithm.equals(JWSAlgorithm.RS256) || algorithm.equals(JWSAlgorithm.ES256);
    if (!ours || keys.isEmpty() || id == null) {
      return Optional.empty();
    }
    Optional<JWK> key = keys.get().find(id, algorithm);
    if (key.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        key.get() instanceof RSAKey rsa
            ? new RSASSAVerifier(rsa)
            : new ECDSAVerifier(key.get().toECKey()));
  }

  private Optional<Pass> claims(JWTClaimsSet claims) {
    Instant now = clock.instant();
    if (!(claims.getClaim("exp") instanceof Date expires)
        || now.isAfter(expires.toInstant().plus(SKEW))) {
      return refused("its end");
    }
    if (claims.getNotBeforeTime() != null
        && now.isBefore(claims.getNotBeforeTime().toInstant().minus(SKEW))) {
      return refused("its begin");
    }
    if (claims.getIssuer() == null || !auth.claims().issuers().contains(claims.getIssuer())) {
      return refused("its issuer");
    }
    if (!claims.getAudience().contains(auth.claims().audience())) {
      return refused("its audience");
    }
    Object role = claims.getClaim("role");
    if (role != null && !auth.claims().roles().contains(String.valueOf(role))) {
      return refused("its role");
    }
    String user = claims.getSubject();
    if (user == null || !UUID_TEXT.matcher(user).matches()) {
      return refused("its user");
    }
    return Optional.of(new Pass(UUID.fromString(user), expires.toInstant()));
  }

  private static Optional<Pass> refused(String why) {
    LOG.debug("a token was refused for {}", why);
    return Optional.empty();
  }
}
