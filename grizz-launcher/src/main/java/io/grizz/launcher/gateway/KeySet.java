package io.grizz.launcher.gateway;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The public keys that an identity provider signs with, fetched when they are needed, and never
 * more often than the configured pause. While they cannot be fetched, the last ones serve for the
 * outage window.
 *
 * <p><b>Threads.</b> Safe for any number of threads. A fetch blocks its caller for a few seconds at
 * most, and nobody else: never call from a selector's thread.
 */
final class KeySet {

  private static final Logger LOG = LoggerFactory.getLogger(KeySet.class);
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final int LARGEST = 256 * 1024;
  private static final int LEAST_RSA_BITS = 2048;
  private static final int OK = 200;

  private final PublicKeys config;
  private final InstantSource clock;
  private final ReentrantLock fetching = new ReentrantLock();
  private final HttpClient http =
      HttpClient.newBuilder()
          .connectTimeout(PATIENCE)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();
  private volatile @Nullable Fetched keys;
  private volatile long nextFetchMillis = Long.MIN_VALUE;

  /** Keys, and when they were fetched. */
  private record Fetched(JWKSet set, long millis) {}

  KeySet(PublicKeys config, InstantSource clock) {
    this.config = config;
    this.clock = clock;
  }

  /** The key of this name, if there is one that may check this algorithm. */
  Optional<JWK> find(String id, JWSAlgorithm algorithm) {
    Optional<JWK> known = known(id, algorithm);
    if (known.isEmpty() || stale()) {
      fetch();
      known = known(id, algorithm);
    }
    return known;
  }

  /** Fetches the keys before the first token comes. */
  void warm() {
    if (keys == null) {
      fetch();
    }
  }

  private Optional<JWK> known(String id, JWSAlgorithm algorithm) {
    Fetched now = keys;
    if (now == null || age(now) > config.fresh().plus(config.outage()).toMillis()) {
      return Optional.empty();
    }
    return Optional.ofNullable(now.set().getKeyByKeyId(id)).filter(key -> fits(key, algorithm));
  }

  private boolean stale() {
    Fetched now = keys;
    return now == null || age(now) > config.fresh().toMillis();
  }

  private long age(Fetched fetched) {
    return clock.millis() - fetched.millis();
  }

  private static boolean fits(JWK key, JWSAlgorithm algorithm) {
    boolean meant = key.getAlgorithm() == null || key.getAlgorithm().equals(algorithm);
    boolean signs = key.getKeyUse() == null || key.getKeyUse().equals(KeyUse.SIGNATURE);
    boolean kind =
        switch (key) {
          case RSAKey rsa -> algorithm.equals(JWSAlgorithm.RS256) && rsa.size() >= LEAST_RSA_BITS;
          case ECKey ec ->
              algorithm.equals(JWSAlgorithm.ES256) && ec.getCurve().equals(Curve.P_256);
          default -> false;
        };
    return meant && signs && kind;
  }

  /** Fetches, unless somebody else does or did a moment ago. */
  private void fetch() {
    long now = clock.millis();
    if (now < nextFetchMillis || !fetching.tryLock()) {
      return;
    }
    try {
      if (now >= nextFetchMillis) {
        nextFetchMillis = now + config.pause().toMillis();
        keys = new Fetched(JWKSet.parse(body()), now);
      }
    } catch (IOException | ParseException e) {
      LOG.warn("the keys of {} could not be fetched: {}", config.uri(), e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      fetching.unlock();
    }
  }

  private String body() throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(config.uri()).timeout(PATIENCE).build();
    HttpResponse<InputStream> response = http.send(request, BodyHandlers.ofInputStream());
    try (InputStream in = response.body()) {
      if (response.statusCode() != OK) {
        throw new IOException("answered " + response.statusCode());
      }
      byte[] bytes = in.readNBytes(LARGEST + 1);
      if (bytes.length > LARGEST) {
        throw new IOException("answered more than " + LARGEST + " bytes");
      }
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }
}
