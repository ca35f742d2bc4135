package io.grizz.launcher.gateway;

import io.grizz.api.ChatRecord;
import io.grizz.api.JobQueue;
import io.grizz.chat.Chat;
import io.grizz.chat.ChatConfig;
import io.grizz.launcher.gateway.Connection.House;
import java.lang.reflect.Proxy;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;

/**
 * What parts of the gateway work with, without servers: a queue, and a record that knows nothing.
 */
final class QuietHouse {

  private QuietHouse() {}

  /** A house on these stores, with a hub that is the caller's to close. */
  static House house(Stores stores) {
    GatewayConfig config = RunningGrizz.config(1);
    InstantSource clock = InstantSource.system();
    return new House(
        new Hub(stores.queue(), config, new Backpressure(System::nanoTime)),
        stores,
        new Tokens(config.auth(), clock),
        config,
        clock,
        UUID::randomUUID);
  }

  static Stores stores(JobQueue queue) {
    ChatRecord nothing =
        (ChatRecord)
            Proxy.newProxyInstance(
                QuietHouse.class.getClassLoader(),
                new Class<?>[] {ChatRecord.class},
                (proxy, method, arguments) -> {
                  if (method.getReturnType() == Optional.class) {
                    return Optional.empty();
                  }
                  if (method.getReturnType() == boolean.class) {
                    return false;
                  }
                  throw new IllegalStateException(method.getName());
                });
    return new Stores(queue, nothing, new Chat(nothing, queue, ChatConfig.STANDARD));
  }
}
