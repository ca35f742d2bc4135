package io.grizz.launcher.settings;

import io.grizz.launcher.gateway.GatewayConfig;
import io.grizz.launcher.gateway.GatewayConfig.Access;
import io.grizz.launcher.gateway.GatewayConfig.Address;
import io.grizz.launcher.gateway.GatewayConfig.Auth;
import io.grizz.launcher.gateway.GatewayConfig.Claims;
import io.grizz.launcher.gateway.GatewayConfig.Connections;
import io.grizz.launcher.gateway.GatewayConfig.Delivery;
import io.grizz.launcher.gateway.GatewayConfig.Limits;
import io.grizz.launcher.gateway.GatewayConfig.Offer;
import io.grizz.launcher.gateway.GatewayConfig.Operator;
import io.grizz.launcher.gateway.GatewayConfig.Patience;
import io.grizz.launcher.gateway.GatewayConfig.Rates;
import io.grizz.launcher.gateway.PublicKeys;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The settings of the doors, as the gateway's records. */
final class GatewayRecords {

  private static final String KEYS_PATH = "/auth/v1/.well-known/jwks.json";
  private static final String ISSUER_PATH = "/auth/v1";

  private final Settings settings;

  GatewayRecords(Settings settings) {
    this.settings = settings;
  }

  GatewayConfig gateway(Auth auth, boolean offlineModel) {
    return new GatewayConfig(
        new Address(
            settings.get("gateway.host").text(),
            number("gateway.port"),
            settings.get("gateway.public-ws").optional(),
            settings.get("gateway.front").flag()),
        access(),
        auth,
        limits(),
        new Delivery(
            bytes("gateway.outbox-merge"),
            bytes("gateway.outbox-drop"),
            bytes("gateway.outbox-close"),
            bytes("gateway.outbox-total"),
            time("gateway.stuck"),
            time("gateway.drain")),
        offer(offlineModel));
  }

  Auth auth(String secret, boolean generated) {
    List<String> issuers = new ArrayList<>(list("auth.issuer"));
    supabase().ifPresent(project -> issuers.add(project + ISSUER_PATH));
    Optional<URI> keys =
        settings
            .get("auth.jwks")
            .optionally(Setting::address)
            .or(() -> supabase().map(project -> URI.create(project + KEYS_PATH)));
    return new Auth(
        secret,
        generated,
        new Claims(issuers, settings.get("auth.audience").text(), Set.copyOf(list("auth.roles"))),
        keys.map(uri ->
            new PublicKeys(
                uri, time("auth.jwks-fresh"), time("auth.jwks-outage"), time("auth.jwks-pause"))));
  }

  private Access access() {
    return new Access(
        list("gateway.origins"),
        list("gateway.trusted-proxies"),
        new Operator(settings.get("admin.token").optional(), settings.get("admin.remote").flag()),
        settings.get("gateway.legacy-query-token").flag(),
        settings.get("gateway.dev").flag());
  }

  private Limits limits() {
    return new Limits(
        bytes("gateway.frame"),
        bytes("gateway.header"),
        bytes("gateway.body"),
        number("limits.in-flight"),
        number("gateway.watched"),
        new Rates(
            number("gateway.messages"),
            number("gateway.messages-per-user"),
            number("gateway.watches"),
            number("gateway.errors")),
        new Connections(
            number("gateway.connections-per-user"),
            number("gateway.connections-per-address"),
            number("gateway.connections"),
            number("gateway.accepts")),
        new Patience(
            time("gateway.hello"),
            time("gateway.idle"),
            time("gateway.silence"),
            time("gateway.heartbeat"),
            time("gateway.look-again")));
  }

  private Offer offer(boolean offlineModel) {
    Set<String> models = new HashSet<>(list("gateway.models"));
    models.add(settings.get("model.name").text());
    Set<String> hosts = new HashSet<>(list("gateway.file-hosts"));
    supabase().map(URI::create).map(URI::getHost).ifPresent(hosts::add);
    return new Offer(
        Set.copyOf(list("gateway.job-types")),
        models,
        hosts,
        number("gateway.max-output-tokens"),
        offlineModel);
  }

  /** The project's address, without a slash at its end. */
  private Optional<String> supabase() {
    return settings
        .get("auth.supabase")
        .optionally(Setting::address)
        .map(uri -> uri.toString().replaceFirst("/+$", ""));
  }

  private List<String> list(String key) {
    return settings.get(key).list();
  }

  private int number(String key) {
    return settings.get(key).integer();
  }

  private int bytes(String key) {
    return settings.get(key).bytes();
  }

  private Duration time(String key) {
    return settings.get(key).duration();
  }
}
