package io.grizz.launcher.security;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grizz.json.Json;
import io.grizz.launcher.gateway.RunningGrizz;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;
import java.util.function.Consumer;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Makes tokens by hand, as an attacker would: any header, any claims, any key. */
final class Forge {

  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
  private static final long HOUR = 3_600;

  private Forge() {}

  /** A good token but for what is changed of its claims. */
  static String claims(Consumer<ObjectNode> change) {
    ObjectNode claims = goodClaims();
    change.accept(claims);
    return signed(Json.object().put("alg", "HS256"), claims, "HmacSHA256");
  }

  /** A token of this user that ends so many seconds from now. */
  static String ending(UUID user, long seconds) {
    return claims(
        it -> it.put("sub", user.toString()).put("exp", Instant.now().getEpochSecond() + seconds));
  }

  /** A token with good claims under any header, signed with the right secret. */
  static String header(String header) {
    return signed(Json.tree(header), goodClaims(), "HmacSHA256");
  }

  /** The same, by any MAC. */
  static String header(String header, String mac) {
    return signed(Json.tree(header), goodClaims(), mac);
  }

  /** A token with good claims and any signature. */
  static String signature(String header, byte[] key) {
    String text = part(Json.tree(header)) + '.' + part(goodClaims());
    return text + '.' + BASE64.encodeToString(mac("HmacSHA256", key, text));
  }

  /** A token without any signature. */
  static String unsigned(String header) {
    return part(Json.tree(header)) + '.' + part(goodClaims()) + '.';
  }

  private static ObjectNode goodClaims() {
    return Json.object()
        .put("sub", UUID.randomUUID().toString())
        .put("iss", "grizz")
        .put("aud", "authenticated")
        .put("exp", Instant.now().getEpochSecond() + HOUR);
  }

  private static String signed(JsonNode header, JsonNode claims, String mac) {
    String text = part(header) + '.' + part(claims);
    byte[] secret = RunningGrizz.SECRET.getBytes(UTF_8);
    return text + '.' + BASE64.encodeToString(mac(mac, secret, text));
  }

  private static String part(JsonNode json) {
    return BASE64.encodeToString(Json.write(json).getBytes(UTF_8));
  }

  private static byte[] mac(String name, byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance(name);
      mac.init(new SecretKeySpec(key, name));
      return mac.doFinal(text.getBytes(UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
