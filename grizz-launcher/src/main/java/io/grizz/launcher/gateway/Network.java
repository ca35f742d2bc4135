package io.grizz.launcher.gateway;

import io.grizz.api.ConfigException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A range of addresses, as in {@code 10.0.0.0/8}.
 *
 * @param bits that have to be equal
 */
record Network(InetAddress address, int bits) {

  private static final Pattern V4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
  private static final Pattern V6 = Pattern.compile("[0-9a-fA-F:]*:[0-9a-fA-F:.]*");
  private static final String FORM = "an address or a network, like 10.0.0.0/8";

  /** Reads one setting's entry. */
  static Network parse(String text) {
    String[] parts = text.split("/", 2);
    InetAddress address =
        literal(parts[0])
            .orElseThrow(() -> new ConfigException("gateway.trusted-proxies", text, FORM));
    int most = address.getAddress().length * Byte.SIZE;
    boolean whole = parts.length == 1;
    if (!whole && !(parts[1].matches("\\d{1,3}") && Integer.parseInt(parts[1]) <= most)) {
      throw new ConfigException("gateway.trusted-proxies", text, FORM);
    }
    return new Network(address, whole ? most : Integer.parseInt(parts[1]));
  }

  /** An address that is written out; names are not looked up. */
  static Optional<InetAddress> literal(String text) {
    if (!V4.matcher(text).matches() && !V6.matcher(text).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.getByName(text));
    } catch (UnknownHostException e) {
      return Optional.empty();
    }
  }

  /** Whether a name in a setting means this machine. */
  static boolean isLoopbackName(String host) {
    String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    return bare.equals("localhost")
        || literal(bare).map(InetAddress::isLoopbackAddress).orElse(false);
  }

  boolean holds(InetAddress other) {
    byte[] mine = address.getAddress();
    byte[] theirs = other.getAddress();
    if (mine.length != theirs.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit++) {
      int mask = 0x80 >> (bit % Byte.SIZE);
      if (((mine[bit / Byte.SIZE] ^ theirs[bit / Byte.SIZE]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }
}
