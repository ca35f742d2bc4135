package io.grizz.model;

import io.grizz.model.Completion.Tokens;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;

/**
 * A model that repeats all it was told, word by word, and writes each call down before it says
 * anything. The first word of the last message may be {@code fail}, at the end, or {@code forever}.
 *
 * @param calls the file that gets a line, the last message, for each call
 */
public record RepeatingModel(Path calls) implements ChatModel {

  @Override
  public Completion stream(ChatRequest request, Sink sink)
      throws ModelException, InterruptedException {
    String asked = request.messages().getLast().content();
    write(asked + "\n");
    String told =
        request.messages().stream()
            .map(it -> it.role() + ": " + it.content())
            .collect(Collectors.joining(" | "));
    for (String word : told.split("(?<= )", -1)) {
      sink.text(word);
    }
    if (asked.startsWith("fail ")) {
      throw ScriptedModel.unavailable();
    }
    if (asked.startsWith("forever ")) {
      new CountDownLatch(1).await();
    }
    return new Completion(
        request.model(),
        "stop",
        Tokens.estimate(request, told.length()),
        Duration.ofMillis(1),
        Duration.ofMillis(2));
  }

  private void write(String line) {
    try {
      Files.writeString(calls, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    // why: there is nothing to close
  }
}
