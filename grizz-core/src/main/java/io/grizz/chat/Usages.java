package io.grizz.chat;

import io.grizz.api.ChatRecord.Usage;
import io.grizz.model.ChatRequest;
import io.grizz.model.Completion;
import io.grizz.model.Completion.Tokens;

/** What a call used, as the record keeps it. */
final class Usages {

  private Usages() {}

  static Usage of(Completion completion) {
    Tokens tokens = completion.tokens();
    return new Usage(
        completion.model(),
        completion.finish(),
        tokens.input(),
        tokens.output(),
        tokens.cached(),
        tokens.reasoning(),
        tokens.estimated(),
        0,
        completion.firstToken().toMillis(),
        completion.total().toMillis());
  }

  /** Of a call that was cut off, so that nobody said. */
  static Usage estimated(ChatRequest request, String text) {
    Tokens tokens = Tokens.estimate(request, text.length());
    return new Usage(request.model(), "", tokens.input(), tokens.output(), 0, 0, true, 0, 0, 0);
  }
}
