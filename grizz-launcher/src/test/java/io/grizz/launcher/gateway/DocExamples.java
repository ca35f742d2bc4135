package io.grizz.launcher.gateway;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The fenced examples of a document. */
final class DocExamples {

  private static final Pattern FENCED =
      Pattern.compile("^```(grizz|http)\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

  private DocExamples() {}

  /**
   * One example.
   *
   * @param language {@code grizz} for frames, {@code http} for a call
   * @param line where it begins in its document
   */
  record Example(String language, int line, List<String> lines) {}

  /** All of them, in their order. */
  static List<Example> of(String document) {
    List<Example> examples = new ArrayList<>();
    Matcher fenced = FENCED.matcher(document);
    while (fenced.find()) {
      int line = (int) document.substring(0, fenced.start(2)).lines().count() + 1;
      examples.add(new Example(fenced.group(1), line, fenced.group(2).lines().toList()));
    }
    return examples;
  }
}
