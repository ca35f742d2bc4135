package io.grizz.launcher.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.grizz.launcher.gateway.RunningGrizz;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The chat page as a person meets it, in a real browser. Each test is another user. */
class ChatPageTest {

  private static final String ANSWERS = "[...document.querySelectorAll('.turn.answer')]";
  private static final String LAST = ANSWERS + ".at(-1)";
  private static final String TEXT = LAST + "?.querySelector('.body').innerText";

  private static final String CONNECTED =
      "document.getElementById('link').dataset.state === 'open'";

  /** Lets a test cut the network: connections that are made then lead nowhere. */
  private static final String CUTTABLE =
      "window.WebSocket = class extends WebSocket { constructor(url, protocols) {"
          + " super(window.cut ? url + '/gone' : url, protocols); window.socket = this; } };";

  private static final int ENTER = 13;
  private static final int ESCAPE = 27;

  @TempDir(cleanup = CleanupMode.NEVER) // Chromium writes to it until its last process is gone
  private static Path profile;

  private static RunningGrizz running;
  private static Chromium chromium;
  private static ChromiumPage page;

  @BeforeAll
  static void start() throws Exception {
    assumeTrue(Chromium.installed().isPresent(), "Chromium is not installed: no page is tested");
    running = new RunningGrizz(60);
    chromium = new Chromium(profile);
    page = chromium.tab();
    page.first(CUTTABLE);
  }

  @AfterAll
  static void stop() {
    if (running != null) {
      chromium.close();
      running.close();
    }
  }

  @BeforeEach
  void openAsSomebodyNew() {
    page.toFront();
    page.width(1_200);
    page.open(running.http("/"));
    page.awaitTrue("document.readyState === 'complete'");
    page.see("(localStorage.clear(), sessionStorage.clear())");
    page.reload();
    connected();
  }

  @Test
  void answerStreamsAndSaysWhoGaveIt() {
    ask("/words 30");
    page.awaitTrue(TEXT + ".startsWith('word1 word2')");
    page.awaitTrue(LAST + ".getAttribute('aria-busy') === 'false'");
    assertThat(page.see(TEXT)).endsWith("word29 word30");
    assertThat(page.see(LAST + ".querySelector('.meta').innerText"))
        .contains("worker-1")
        .contains("attempt 1");
    assertThat(page.see("document.getElementById('offline-model').innerText")).contains("stand-in");
    assertThat(page.complaints()).isEmpty();
  }

  @Test
  void reloadInMidAnswerLosesNothing() {
    ask("/words 90");
    page.awaitTrue(TEXT + "?.includes('word20 ')");
    page.reload();
    page.awaitTrue(TEXT + "?.endsWith('word90')");
    assertThat(page.see(TEXT)).isEqualTo(words(90));
    page.reload();
    connected();
    page.awaitTrue(TEXT + "?.endsWith('word90')");
    assertThat(page.see(TEXT)).isEqualTo(words(90));
    assertThat(page.see(ANSWERS + ".length")).isEqualTo("1");
  }

  @Test
  void networkThatGoesAndComesLosesNothing() {
    ask("/words 90");
    page.awaitTrue(TEXT + "?.includes('word20 ')");
    page.see("(window.cut = true, socket.close())");
    page.awaitTrue("document.getElementById('link').dataset.state === 'waiting'");
    page.see("(window.cut = false, dispatchEvent(new Event('online')))");
    page.awaitTrue(TEXT + "?.endsWith('word90')");
    assertThat(page.see(TEXT)).isEqualTo(words(90));
  }

  @Test
  void secondTabReadsOnInMidAnswer_andBothShowEveryByteOfAllAnswers() throws Exception {
    String first = ANSWERS + "[0].querySelector('.body').innerText";
    ask("/words 300");
    page.awaitTrue(TEXT + "?.includes('word20 ')");
    try (ChromiumPage other = chromium.tab()) {
      other.open(running.http("/"));
      other.awaitTrue(TEXT + "?.includes('word25 ')");
      other.awaitTrue(CONNECTED);
      ask(other, "/words 40");
      for (ChromiumPage each : List.of(page, other)) {
        // why not until it is no longer busy: a tab that loads late finds the answer recorded
        each.awaitTrue(first + ".endsWith('word300')");
        assertThat(each.see(first)).isEqualTo(words(300));
      }
      other.awaitTrue(TEXT + "?.endsWith('word40')");
      page.reload();
      page.awaitTrue(ANSWERS + ".length === 2");
      page.awaitTrue(TEXT + "?.endsWith('word40')");
      String all = ANSWERS + ".map((it) => it.querySelector('.body').innerText).join('|')";
      assertThat(page.see(all)).isEqualTo(words(300) + "|" + words(40)).isEqualTo(other.see(all));
      assertThat(other.complaints()).isEmpty();
    }
  }

  @Test
  void escapeStopsAnAnswer() {
    ask("/words 400");
    page.awaitTrue(TEXT + "?.includes('word5 ')");
    page.press("Escape", ESCAPE);
    page.awaitTrue(LAST + ".innerText.includes('Stopped.')");
    assertThat(words(400)).startsWith(page.see(TEXT));
  }

  @Test
  void failureSaysWhatHappenedAndOffersToTryAgain() {
    ask("/fail 400");
    page.awaitTrue(LAST + "?.innerText.includes('The model refused the request.')");
    page.awaitTrue(LAST + ".innerText.includes('Try again')");
  }

  @Test
  void markupIsShownAsText() {
    ask("<img src=x onerror=\"document.title='owned'\"> **bold**");
    page.awaitTrue(LAST + "?.getAttribute('aria-busy') === 'false'");
    assertThat(page.see("document.querySelectorAll('.turns img').length")).isEqualTo("0");
    assertThat(page.see("document.querySelector('.turn.user').innerText")).contains("<img src=x");
    assertThat(page.see("document.title")).isEqualTo("Grizz");
  }

  @Test
  void pageFitsAPhoneAndTheDark() {
    ask("Show code");
    page.awaitTrue(LAST + "?.getAttribute('aria-busy') === 'false'");
    page.width(375);
    assertThat(page.see("document.documentElement.scrollWidth <= 375")).isEqualTo("true");
    String light = page.see("getComputedStyle(document.body).backgroundColor");
    page.dark();
    assertThat(page.see("getComputedStyle(document.body).backgroundColor")).isNotEqualTo(light);
  }

  /** Types and sends by the keyboard alone; the field has the focus from the start. */
  private static void ask(String text) {
    ask(page, text);
  }

  private static void ask(ChromiumPage tab, String text) {
    tab.type(text);
    tab.press("Enter", ENTER);
    tab.awaitTrue("document.querySelectorAll('.turn.user').length > 0");
  }

  private static void connected() {
    page.awaitTrue(CONNECTED);
  }

  private static String words(int count) {
    StringBuilder words = new StringBuilder();
    for (int i = 1; i <= count; i++) {
      words.append(i == 1 ? "" : " ").append("word").append(i);
    }
    return words.toString();
  }
}
