package io.grizz.launcher.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grizz.api.ConfigException;
import io.grizz.launcher.gateway.GatewayConfig.Access;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is believed to be at the other end. */
class PeersTest {

  private final Peers peers = new Peers(access(List.of("10.1.0.0/16", "::1"), false));

  @Test
  void directPeerOfThisMachineIsLocalAndSafe() {
    Peers.Peer peer = peer("127.0.0.1", Map.of());
    assertThat(peer.loopback()).isTrue();
    assertThat(peer.secure()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Forwarded", "X-Forwarded-For"})
  void whoSpeaksForOthersIsNotLocal(String header) {
    Peers.Peer peer = peer("127.0.0.1", Map.of(header, "127.0.0.1"));
    assertThat(peer.loopback()).isFalse();
    assertThat(peer.secure()).isFalse();
  }

  @Test
  void strangersAreNotSafeWhateverTheySay() {
    assertThat(peer("192.0.2.7", Map.of()).secure()).isFalse();
    Peers.Peer liar =
        peer("192.0.2.7", Map.of("X-Forwarded-Proto", "https", "X-Forwarded-For", "127.0.0.1"));
    assertThat(liar.secure()).isFalse();
    assertThat(liar.address().getHostAddress()).isEqualTo("192.0.2.7");
  }

  @Test
  void trustedProxyIsBelievedAboutItsOwnClientOnly() {
    Peers.Peer peer =
        peer(
            "10.1.2.3",
            Map.of(
                "X-Forwarded-Proto", "https",
                "X-Forwarded-For", "127.0.0.1, 198.51.100.9, 10.1.9.9"));
    assertThat(peer.secure()).isTrue();
    assertThat(peer.loopback()).isFalse();
    assertThat(peer.address().getHostAddress()).isEqualTo("198.51.100.9");
    assertThat(peer("10.1.2.3", Map.of("X-Forwarded-Proto", "http")).secure()).isFalse();
    assertThat(peer("10.2.2.3", Map.of("X-Forwarded-Proto", "https")).secure()).isFalse();
  }

  @Test
  void developmentTrustsTheWire() {
    Peers open = new Peers(access(List.of(), true));
    assertThat(open.of(new InetSocketAddress("192.0.2.7", 1), name -> Optional.empty()).secure())
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"proxy.example", "10.0.0.0/33", "10.0.0.0/x", "10.0.0", "1.2.3.4/"})
  void whatIsNoNetworkIsRefusedAtTheStart(String text) {
    assertThatThrownBy(() -> access(List.of(text), false))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("gateway.trusted-proxies");
  }

  @Test
  void anyOriginIsForDevelopmentOnly() {
    assertThatThrownBy(() -> Access.STANDARD.withOrigins(List.of("*")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("GRIZZ_DEV");
    assertThat(new OriginRule(List.of("*"), 8000).allows("https://anything.example")).isTrue();
  }

  private Peers.Peer peer(String from, Map<String, String> headers) {
    return peers.of(
        new InetSocketAddress(from, 4711), name -> Optional.ofNullable(headers.get(name)));
  }

  private static Access access(List<String> proxies, boolean dev) {
    Access access = Access.STANDARD.withProxies(proxies);
    return dev ? access.inDevelopment() : access;
  }
}
