package io.grizz.launcher.command;

import io.grizz.launcher.client.ChatClient;
import io.grizz.launcher.client.ChatException;
import io.grizz.launcher.settings.Settings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Talks in the terminal. */
@Command(
    name = "chat",
    description = {
      "Talks with a running Grizz. Text that is piped in is one message.",
      "Answers go to stdout, everything else to stderr."
    })
final class ChatCommand implements Callable<Integer> {

  @Mixin private SettingsOptions options = new SettingsOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--once",
      paramLabel = "TEXT",
      description = "Asks this, prints the answer, ends.")
  private @Nullable String once;

  @Option(
      names = "--url",
      paramLabel = "WS",
      description = "The WebSocket's address. Default: this machine, the port after gateway.port.")
  private @Nullable URI url;

  @Option(
      names = "--token",
      paramLabel = "JWT",
      description = "A token. Default: one made with the secret in Grizz's data directory.")
  private @Nullable String token;

  @Option(names = "--data", paramLabel = "DIR", description = "Where Grizz's own secret is.")
  private @Nullable String data;

  @Option(
      names = "--conversation",
      paramLabel = "UUID",
      description = "The conversation to go on with. Default: today's.")
  private @Nullable UUID conversation;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Settings settings = options.flag("launch.data", "--data", data).load();
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try (ChatClient client =
        new ChatClient(server(settings), tokens(settings), RandomGenerator.getDefault())) {
      if (once != null || !Terminal.IN.attached()) {
        String text = once != null ? once : piped();
        if (text.isBlank()) {
          throw new ParameterException(spec.commandLine(), "The message is empty.");
        }
        return ask(client, text, new Answer(out, err)) ? 0 : 1;
      }
      err.println(Terminal.ERR.pale("Type a message; an empty line or Ctrl-D ends."));
      talk(client, out, err);
      return 0;
    }
  }

  private void talk(ChatClient client, PrintWriter out, PrintWriter err)
      throws IOException, InterruptedException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    while (true) {
      err.print("> ");
      err.flush();
      String line = in.readLine();
      if (line == null || line.isBlank()) {
        return;
      }
      ask(client, line, new Answer(out, err));
    }
  }

  private boolean ask(ChatClient client, String text, Answer answer) throws InterruptedException {
    PrintWriter err = spec.commandLine().getErr();
    try {
      ChatClient.Ended ended = client.ask(text, Optional.ofNullable(conversation), answer);
      answer.end(ended.text());
      if (ended.kind().equals("done")) {
        return true;
      }
      err.println("grizz: " + Ending.of(ended));
    } catch (ChatException e) {
      err.println("grizz: " + e.getMessage());
    }
    err.flush();
    return false;
  }

  private URI server(Settings settings) {
    if (url != null) {
      return url;
    }
    int next = settings.get("gateway.front").text().equals("true") ? 0 : 1;
    int port = Integer.parseInt(settings.get("gateway.port").text()) + next;
    return URI.create("ws://127.0.0.1:" + port + "/v1/ws");
  }

  private Supplier<String> tokens(Settings settings) {
    String given = token;
    return given != null ? () -> given : LocalTokens.of(settings)::fresh;
  }

  private static String piped() throws IOException {
    return new String(System.in.readAllBytes(), StandardCharsets.UTF_8).strip();
  }

  /**
   * Prints an answer: as it comes where people look, and whole at its end where a program reads, so
   * that an answer that began again is not printed twice.
   */
  private static final class Answer implements ChatClient.Reader {
    private final PrintWriter out;
    private final PrintWriter err;

    Answer(PrintWriter out, PrintWriter err) {
      this.out = out;
      this.err = err;
    }

    @Override
    public void text(String delta) {
      if (Terminal.OUT.attached()) {
        out.print(delta);
        out.flush();
      }
    }

    @Override
    public void restarted(int attempt) {
      say("\n[the answer begins again, attempt " + attempt + "]");
    }

    @Override
    public void waiting(String why, Duration pause) {
      say("[" + why + "; trying again in " + Math.ceil(pause.toMillis() / 1000.0) + " s]");
    }

    void end(String text) {
      out.println(Terminal.OUT.attached() ? "" : text);
      out.flush();
    }

    private void say(String line) {
      err.println(Terminal.ERR.pale(line));
      err.flush();
    }
  }
}
