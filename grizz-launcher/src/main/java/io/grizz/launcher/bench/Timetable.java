package io.grizz.launcher.bench;

import io.grizz.launcher.offline.OfflineAnswer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * When each token of each user's answer was said by the model, and heard by the user. Each cell is
 * written by one thread, and read after all of them have ended.
 */
final class Timetable {

  private static final Pattern TOKEN = Pattern.compile("\\s*\\S+");
  private static final String FOR = " for user ";

  private final String prompt;
  private final int[] ends;
  private final long[] sent;
  private final long[][] said;
  private final long[][] heard;
  private final int[] count;

  Timetable(int users, int words) {
    prompt = "/words " + words;
    Matcher token = TOKEN.matcher(OfflineAnswer.to(prompt, 0));
    ends = token.results().mapToInt(it -> it.end()).toArray();
    sent = new long[users];
    said = new long[users][words];
    heard = new long[users][words];
    count = new int[users];
  }

  String question(int user) {
    return prompt + FOR + user;
  }

  /** How long the answer is, in characters. */
  int length() {
    return ends[ends.length - 1];
  }

  void sent(int user) {
    sent[user] = System.nanoTime();
  }

  /** The model says a token. */
  void said(String question, long token) {
    int user = Integer.parseInt(question.substring(question.indexOf(FOR) + FOR.length()));
    said[user][(int) token] = System.nanoTime();
  }

  /** A user has got so many characters. */
  void heard(int user, int length) {
    long now = System.nanoTime();
    while (count[user] < ends.length && ends[count[user]] <= length) {
      heard[user][count[user]++] = now;
    }
  }

  /** From the model's mouth to the user's ear, in nanoseconds, of all tokens that were heard. */
  DoubleStream delays() {
    return IntStream.range(0, sent.length)
        .mapToObj(user ->
            IntStream.range(0, count[user]).mapToDouble(i -> heard[user][i] - said[user][i]))
        .flatMapToDouble(it -> it);
  }

  /** From the question to the first token, of all users who got one. */
  DoubleStream firsts() {
    return IntStream.range(0, sent.length)
        .filter(user -> count[user] > 0)
        .mapToDouble(user -> heard[user][0] - sent[user]);
  }
}
