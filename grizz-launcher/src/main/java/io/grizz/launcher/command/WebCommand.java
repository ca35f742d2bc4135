package io.grizz.launcher.command;

import io.grizz.Chats;
import io.grizz.Grizz;
import io.grizz.api.ConfigException;
import io.grizz.api.JobEvent;
import io.grizz.launcher.gateway.Backpressure;
import io.grizz.launcher.gateway.Gateway;
import io.grizz.launcher.gateway.GatewayConfig;
import io.grizz.launcher.gateway.GatewayConfig.Operator;
import io.grizz.launcher.gateway.Stores;
import io.grizz.launcher.settings.Records;
import io.grizz.launcher.settings.Settings;
import io.grizz.launcher.telemetry.Meters;
import io.grizz.postgres.Migrations;
import io.grizz.postgres.PostgresConfig;
import io.grizz.postgres.SessionScope;
import java.io.IOException;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** One web process. */
@Command(
    name = "web",
    description =
        "Serves the page, the API and the WebSocket: one web process, without a launcher.")
final class WebCommand implements Callable<Integer> {

  private static final Logger LOG = LoggerFactory.getLogger(WebCommand.class);

  private final boolean devTokens;
  private final boolean offlineModel;

  @Mixin private SettingsOptions options;

  WebCommand() {
    this(new SettingsOptions(), false, false);
  }

  /**
   * @param devTokens whether the secret is Grizz's own
   * @param offlineModel whether the stand-in answers
   */
  WebCommand(SettingsOptions options, boolean devTokens, boolean offlineModel) {
    this.options = options;
    this.devTokens = devTokens;
    this.offlineModel = offlineModel;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Settings settings = options.load();
    Records records = new Records(settings);
    String secret =
        Home.secret(settings, Home.SECRET)
            .orElseThrow(() -> new ConfigException("auth.secret", "not set", "set"));
    GatewayConfig set = records.gateway(records.auth(secret, devTokens), offlineModel);
    Operator operator =
        new Operator(Home.secret(settings, Home.ADMIN), set.access().operator().remote());
    GatewayConfig config = set.with(set.access().with(operator));
    PostgresConfig database = records.database("session.pool-size-web");
    AtomicReference<String> states = new AtomicReference<>("");
    Meters meters = new Meters("web");
    Backpressure pressure = new Backpressure(System::nanoTime);
    try (Duty duty = Duty.begin(records.supervisor().beat(), dead -> {}, states::set);
        Grizz grizz = Grizz.open(records.redisOfWeb(), records.queue(), heard(meters, pressure))) {
      Chats chats =
          grizz.chats(SessionScope.open(database, meters), records.record(), records.chat());
      boolean ready =
          Patience.until(duty, "Postgres", () -> Migrations.run(database))
              && Patience.until(duty, "Redis", grizz.queue()::stats);
      if (!ready) {
        return 0;
      }
      try (Gateway gateway =
          Gateway.open(
              config,
              new Stores(grizz.queue(), chats.record(), chats.chat()),
              new Gateway.Means(
                  InstantSource.system(),
                  grizz::newId,
                  states::get,
                  told(settings, meters),
                  pressure))) {
        WebMeters.watch(meters, grizz, chats, states::get);
        WebMeters.watch(meters, gateway);
        duty.ready();
        duty.awaitDrain();
        LOG.info("closing {}", gateway);
        if (Duty.incarnation().isEmpty()) {
          // why only then: a supervisor stops everything, and there is no elsewhere
          gateway.drain();
        }
        return 0;
      }
    }
  }

  /** What is measured here, and under a supervisor by its workers as well. */
  private static Supplier<String> told(Settings settings, Meters meters) {
    return Duty.incarnation().isEmpty()
        ? meters::text
        : () -> Home.meters(settings).with(meters.text());
  }

  private static JobEvent.Listener heard(Meters meters, Backpressure pressure) {
    return event -> {
      meters.on(event);
      pressure.on(event);
    };
  }
}
