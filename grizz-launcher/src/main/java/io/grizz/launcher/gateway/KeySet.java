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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The public keys that an identity provider signs with, fetched when they are needed, and never
 * more often than the configured pause. While they cannot be fetched, the last ones serve for the
 * outage window.
 *
 * <p><b>Threads.</b> Safe for any number of threads. A fetch blocks its caller, and those who need
 * its keys, for a few seconds at most: never call from a selector's thread.
 */
final class KeySet {

  private static final Logger LOG = LoggerFactory.getLogger(KeySet.class);
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(3);
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

  /**
   * The key of this name, if there is one that may check this algorithm.
   *
   * @throws Refusal when no key was ever fetched, so that nobody can say
   */
  Optional<JWK> find(String id, JWSAlgorithm algorithm) {
    Optional<JWK> known = known(id, algorithm);
    if (known.isEmpty() || stale()) {
      // why: who needs the keys waits for whoever fetches them; who has one does not
      fetch(known.isEmpty() ? LONGEST_WAIT : Duration.ZERO);
      known = known(id, algorithm);
    }
    if (keys == null) {
      Duration pause = Duration.ofMillis(Math.max(0, nextFetchMillis - clock.millis()));
      throw Refusal.until("overloaded", "the keys of tokens cannot be fetched", pause);
    }
    return known;
  }

  /** Fetches the keys before the first token comes. */
  void warm() {
    if (keys == null) {
      fetch(Duration.ZERO);
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

  /** Fetches, unless somebody else did a moment ago, or does: then it waits for that, so long. */
  private void fetch(Duration wait) {
    if (clock.millis() < nextFetchMillis && !fetching.isLocked()) {
      return;
    }
    try {
      if (fetching.tryLock(wait.toMillis(), TimeUnit.MILLISECONDS)) {
        try {
          fetchNow();
        } finally {
          fetching.unlock();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void fetchNow() throws InterruptedException {
    long now = clock.millis();
    if (now < nextFetchMillis) {
      return;
    }
    nextFetchMillis = now + config.pause().toMillis();
    try {
      keys = new Fetched(JWKSet.parse(body()), now);
    } catch (IOException | ParseException e) {
      LOG.warn("the keys of {} could not be fetched: {}", config.uri(), e.toString());
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
