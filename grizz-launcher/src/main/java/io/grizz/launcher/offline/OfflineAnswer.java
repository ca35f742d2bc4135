package io.grizz.launcher.offline;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What the offline model answers: always the same to the same conversation. */
public final class OfflineAnswer {

  /** A message {@code /words 500} is answered with as many words. */
  private static final Pattern WORDS = Pattern.compile("/words (\\d{1,4})\\b.*", Pattern.DOTALL);

  private static final int QUOTED = 80;

  private static final List<String> ADVICE =
      List.of(
          "A lease is a promise with an end: whoever holds it may write, and when it runs out"
              + " somebody else may. The epoch on it tells late writers from current ones.",
          "Streams are logs that are read while they are written. A reader who keeps the number of"
              + " the last event it saw can leave at any time and lose nothing.",
          "A queue is honest when it says what it does with work that fails: try again, give up,"
              + " or ask a person. Silence is the only wrong answer.",
          "Slow work is best done far from those who wait for it. They need a receipt at once, the"
              + " first words soon, and the end when it comes.");

  private static final List<String> STEPS =
      List.of(
          "- Write it down before you do it.\n- Do it.\n- Write down that you did.",
          "- Measure first.\n- Change one thing.\n- Measure again.",
          "- Name it well.\n- Keep it small.\n- Test what it promises.");

  private static final List<String> CODE =
      List.of(
          "record Lease(UUID job, long epoch) {}",
          "try (var scope = session.open()) {\n  scope.commit();\n}",
          "while (running) {\n  queue.take(free).forEach(this::begin);\n}");

  private OfflineAnswer() {}

  /**
   * The answer to a conversation.
   *
   * @param question its last message
   * @param context how many messages stood before it
   */
  public static String to(String question, int context) {
    Matcher words = WORDS.matcher(question);
    if (words.matches()) {
      return IntStream.rangeClosed(1, Integer.parseInt(words.group(1)))
          .mapToObj(i -> "word" + i)
          .collect(Collectors.joining(" "));
    }
    int seed = question.hashCode() & Integer.MAX_VALUE;
    return "This is Grizz's offline model, a stand-in: no provider was called.\n\nYou wrote: \u201c"
        + quoted(question)
        + "\u201d. I saw "
        + context
        + (context == 1 ? " message" : " messages")
        + " before it.\n\n"
        + ADVICE.get(seed % ADVICE.size())
        + "\n\n"
        + STEPS.get(seed % STEPS.size())
        + "\n\n```java\n"
        + CODE.get(seed % CODE.size())
        + "\n```\n\n"
        + "Set `OPENAI_API_KEY`, or `OPENAI_BASE_URL`, and a real model answers here.";
  }

  private static String quoted(String question) {
    String line = question.strip().replaceAll("\\s+", " ");
    if (line.codePointCount(0, line.length()) <= QUOTED) {
      return line;
    }
    return line.substring(0, line.offsetByCodePoints(0, QUOTED)) + "\u2026";
  }
}
