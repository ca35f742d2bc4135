package io.grizz.launcher.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.grizz.api.Job;
import io.grizz.api.Receipt;
import io.grizz.launcher.FreePorts;
import io.grizz.launcher.RawClient;
import io.grizz.launcher.gateway.Backpressure;
import io.grizz.launcher.gateway.Gateway;
import io.grizz.launcher.gateway.RunningGrizz;
import io.grizz.launcher.gateway.Stores;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The operator's page as an operator meets it, in a real browser. */
class DashboardTest {

  private static final String STATES = "web=running,worker-1=running,worker-2=down";
  private static final String LETTERS = "[...document.querySelectorAll('#dead > li')]";
  private static final int ENTER = 13;

  @TempDir(cleanup = CleanupMode.NEVER) // Chromium writes to it until its last process is gone
  private static Path profile;

  private static RunningGrizz running;
  private static Gateway gateway;
  private static Chromium chromium;
  private static ChromiumPage page;
  private static URI dashboard;

  @BeforeAll
  static void start() throws Exception {
    assumeTrue(Chromium.installed().isPresent(), "Chromium is not installed: no page is tested");
    running = new RunningGrizz(400);
    int port = FreePorts.pair();
    gateway =
        Gateway.open(
            RunningGrizz.config(port),
            new Stores(running.grizz.queue(), running.chats.record(), running.chats.chat()),
            new Gateway.Means(
                InstantSource.system(),
                running.grizz::newId,
                () -> STATES,
                () -> "",
                new Backpressure(System::nanoTime)));
    dashboard = URI.create("http://127.0.0.1:" + port + "/dashboard");
    chromium = new Chromium(profile);
    page = chromium.tab();
    page.first("window.confirm = () => true;");
  }

  @AfterAll
  static void stop() {
    if (running != null) {
      chromium.close();
      gateway.close();
      running.close();
    }
  }

  @BeforeEach
  void openSignedOut() {
    page.width(1_200);
    page.open(dashboard);
    page.awaitTrue("document.readyState === 'complete'");
    page.see("sessionStorage.clear()");
    page.open(dashboard);
    page.awaitTrue("document.getElementById('login').hidden === false");
  }

  @Test
  void nothingIsShownWithoutTheToken() {
    signIn("not-the-token");
    page.awaitTrue("document.getElementById('token-error').innerText.includes('does not open')");
    assertThat(page.see("document.getElementById('board').hidden")).isEqualTo("true");
    assertThat(page.see("sessionStorage.length")).isEqualTo("0");
  }

  @Test
  void queueProcessesAndWorkersAreShown_andStayShownAfterAReload() {
    signIn();
    page.reload();
    page.awaitTrue("document.getElementById('board').hidden === false");
    assertThat(text("queue")).contains("Waiting", "Running", "Scheduled", "Dead letters");
    assertThat(text("processes")).contains("worker-1", "worker-2", "down");
    assertThat(page.see("document.querySelector('#processes [data-state=bad]').innerText"))
        .contains("worker-2");
    assertThat(text("workers")).contains("worker-1-test");
    assertThat(page.see("document.querySelectorAll('#checks [data-state=good]').length"))
        .isEqualTo("4");
    assertThat(page.complaints()).isEmpty();
  }

  @Test
  void deadLetterIsOpenedAsTextAndDeleted() {
    String payload = "{\"n\":\"<img src=x onerror=document.title='owned'>\"}";
    Job job =
        running
            .grizz
            .job("odd", payload)
            .with(new Job.Schedule(Optional.empty(), Optional.of(Instant.now().plusMillis(500))));
    assertThat(running.grizz.queue().enqueue(job)).isInstanceOf(Receipt.Accepted.class);
    signIn();
    String letter = LETTERS + ".find((it) => it.dataset.id === '" + job.id() + "')";
    page.awaitTrue(letter + "?.innerText.includes('no handler for odd')");
    press(letter, "Show payload");
    page.awaitTrue(letter + ".querySelector('pre')?.innerText.includes('<img')");
    assertThat(page.see(letter + ".querySelectorAll('img').length")).isEqualTo("0");
    press(letter, "Delete");
    page.awaitTrue(letter + " === undefined");
    assertThat(page.see("document.title")).isEqualTo("Grizz: operation");
  }

  @Test
  void deadLetterOfAConversationRunsAgain() {
    try (RawClient client = client()) {
      String job = send(client, "/fail 400");
      await().until(() -> client.ends() == 1);
      signIn();
      String letter = LETTERS + ".find((it) => it.dataset.id === '" + job + "')";
      page.awaitTrue(letter + "?.innerText.includes('upstream_rejected')");
      press(letter, "Run again");
      client.send("{\"t\":\"watch\",\"id\":\"2\",\"job\":\"" + job + "\"}");
      await().until(() -> client.ends() > 1);
    }
  }

  @Test
  void pauseHoldsWhatIsSentUntilItIsResumed() {
    signIn();
    press("document.getElementById('pause')", "Pause");
    try (RawClient client = client()) {
      send(client, "/words 2");
      page.awaitTrue("document.getElementById('queue').innerText.includes('Waiting\\n1')");
      assertThat(client.ends()).isZero();
      press("document.getElementById('pause')", "Resume");
      await().until(() -> client.ends() == 1);
    }
    assertThat(page.see("document.getElementById('problem').hidden")).isEqualTo("true");
  }

  @Test
  void pageFitsAPhoneAndTheDark() {
    signIn();
    page.width(375);
    assertThat(page.see("document.querySelector('main').scrollWidth <= 375")).isEqualTo("true");
    String light = page.see("getComputedStyle(document.body).backgroundColor");
    page.dark();
    assertThat(page.see("getComputedStyle(document.body).backgroundColor")).isNotEqualTo(light);
  }

  private static void signIn() {
    signIn(RunningGrizz.ADMIN);
    page.awaitTrue("document.getElementById('board').hidden === false");
  }

  private static void signIn(String token) {
    page.type(token);
    page.press("Enter", ENTER);
  }

  private static void press(String within, String button) {
    page.see(
        "[...%s.querySelectorAll('button')].find((it) => it.innerText === '%s').click()"
            .formatted(within, button));
  }

  private static String text(String id) {
    return page.see("document.getElementById('" + id + "').innerText");
  }

  private static RawClient client() {
    return RawClient.connect(running.ws(), running.token(UUID.randomUUID()));
  }

  private static String send(RawClient client, String text) {
    return client
        .ask(
            "1",
            "{\"t\":\"send\",\"id\":\"1\",\"msg\":\"%s\",\"text\":\"%s\"}"
                .formatted(UUID.randomUUID(), text))
        .path("job")
        .asText();
  }
}
