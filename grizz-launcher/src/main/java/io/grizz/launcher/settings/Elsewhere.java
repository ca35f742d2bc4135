package io.grizz.launcher.settings;

import static io.grizz.api.ConfigException.require;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What has to hold for a server that is not on this machine: nobody in between may listen. */
final class Elsewhere {

  private static final Logger LOG = LoggerFactory.getLogger(Elsewhere.class);
  private static final String EXCEPTION = ", unless GRIZZ_DEV is true";

  private Elsewhere() {}

  static void redis(URI uri) {
    if (!here(uri)) {
      String user = uri.getRawUserInfo();
      require(
          user != null && user.contains(":") && !user.endsWith(":"),
          "redis.url",
          "without a password and not on this machine",
          "an address with a password" + EXCEPTION);
      require(
          "rediss".equals(uri.getScheme()),
          "redis.url",
          "without TLS and not on this machine",
          "a rediss:// address" + EXCEPTION);
    }
  }

  static void database(URI uri) {
    if (!here(uri)) {
      String user = uri.getRawUserInfo();
      require(
          user != null && user.contains(":") && !user.endsWith(":"),
          "database.url",
          "without a password and not on this machine",
          "an address with a password" + EXCEPTION);
      List<String> query = List.of(String.valueOf(uri.getRawQuery()).split("&", -1));
      boolean encrypted = query.contains("sslmode=require");
      require(
          encrypted || query.contains("sslmode=verify-full"),
          "database.url",
          "without TLS and not on this machine",
          "an address with sslmode=verify-full" + EXCEPTION);
      if (encrypted) {
        LOG.warn(
            "database.url says sslmode=require, which does not check whose server that is; "
                + "say sslmode=verify-full");
      }
    }
  }

  /** The key goes to no host that nobody named. */
  static void model(URI uri, List<String> hosts) {
    require(
        here(uri) || hosts.contains(String.valueOf(uri.getHost()).toLowerCase(Locale.ROOT)),
        "model.url",
        uri.getHost() + ", which must not get model.key",
        "on a host that model.key-hosts names");
    require(
        here(uri) || "https".equals(uri.getScheme()),
        "model.url",
        "without TLS and not on this machine",
        "an https:// address, since there is a model.key");
  }

  private static boolean here(URI uri) {
    String host = String.valueOf(uri.getHost());
    if (host.equals("localhost")) {
      return true;
    }
    try {
      // why: only what is written as an address; a name may mean another machine tomorrow
      return host.matches("[0-9.]+|\\[[0-9a-fA-F:.]+]")
          && InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
