package io.grizz.launcher.command;

import io.grizz.embedded.DataDirectory;
import io.grizz.launcher.settings.Records;
import io.grizz.launcher.settings.Settings;
import io.grizz.launcher.supervise.ChildSpec;
import io.grizz.launcher.supervise.ChildSpec.Role;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Which processes there are to be. */
final class Plan {

  private static final String WORKER_HEAP = "128m";
  private static final String WEB_HEAP = "256m";
  private static final String MODEL_HEAP = "64m";

  private final Map<String, String> environment;
  private final Settings settings;
  private final boolean generated;
  private final int modelPort;
  private final Function<Role, List<String>> archives;

  /**
   * @param archives the JVM's flags for the class archive of a role
   */
  Plan(
      Settings settings,
      DataServices services,
      DataDirectory home,
      Function<Role, List<String>> archives)
      throws IOException {
    this.settings = settings;
    this.archives = archives;
    this.generated = settings.get(Home.SECRET).optional().isEmpty();
    Map<String, String> chosen = new HashMap<>(services.addresses());
    for (String key : List.of(Home.SECRET, Home.ADMIN)) {
      chosen.put(key, Home.secret(settings, home, key));
    }
    boolean offline =
        settings.get("model.url").optional().isEmpty()
            && settings.get("model.key").optional().isEmpty();
    modelPort = offline ? Ports.free() : 0;
    if (offline) {
      chosen.put("model.url", "http://127.0.0.1:" + modelPort + "/v1");
    }
    environment = Map.of(Settings.HANDED_OVER, settings.with(chosen, "the launcher").handOver());
  }

  /** What the settings name instead of something embedded, and how tokens are signed. */
  List<String> banner(Records records) {
    List<String> lines = new ArrayList<>();
    if (settings.get("redis.url").optional().isPresent()) {
      lines.add("redis     " + records.redis());
    }
    if (settings.get("database.url").optional().isPresent()) {
      lines.add("postgres  " + records.database("session.pool-size-web"));
    }
    lines.add(
        modelPort == 0
            ? "model     " + records.chat().model() + " at " + records.model()
            : "model     offline, a stand-in: set OPENAI_API_KEY for a real one");
    lines.add(
        generated
            ? "tokens    signed with Grizz's own secret; browsers on this machine get theirs"
            : "tokens    signed with the secret of " + settings.get("auth.secret").origin());
    return lines;
  }

  List<ChildSpec> children(int workers) {
    List<ChildSpec> children = new ArrayList<>();
    if (modelPort != 0) {
      children.add(
          child("model", Role.MODEL, MODEL_HEAP, SupervisedProcess.offlineModel(modelPort)));
    }
    List<String> web = SupervisedProcess.web(generated, modelPort != 0);
    children.add(child("web", Role.WEB, WEB_HEAP, web));
    for (int i = 1; i <= workers; i++) {
      children.add(child("worker-" + i, Role.WORKER, WORKER_HEAP, SupervisedProcess.worker()));
    }
    return children;
  }

  private ChildSpec child(String name, Role role, String heap, List<String> arguments) {
    return new ChildSpec(
        name, role, () -> JavaCommand.of(name, heap, archives.apply(role), arguments), environment);
  }
}
