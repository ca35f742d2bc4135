package io.grizz.launcher.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.json.Fields;
import io.grizz.json.Json;
import io.grizz.launcher.RawSocket;
import io.grizz.launcher.gateway.GatewayByHand;
import io.grizz.launcher.gateway.GatewayByHand.Answer;
import io.grizz.launcher.gateway.RunningGrizz;
import io.grizz.launcher.gateway.SharedGrizz;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** S22: a hundred thousand events of twenty users, who come and go and ask for each other's. */
@ExtendWith(SharedGrizz.class)
class IsolationSecurityTest {

  private static final int USERS = 20;
  private static final int SOCKETS = 2;
  private static final int EVENTS = 2_500;

  private final RunningGrizz grizz;
  private final long seed = new SplittableRandom().nextLong();
  private final List<Person> people = new ArrayList<>();
  private final Queue<String> strays = new ConcurrentLinkedQueue<>();
  private final AtomicLong heard = new AtomicLong();

  IsolationSecurityTest(RunningGrizz grizz) {
    this.grizz = grizz;
  }

  /** One user and the job that is theirs; every word of its answer is their mark. */
  private record Person(UUID user, String mark, Answer answer) {}

  @Test
  void S22_noEventReachesAnybodyButItsUser() throws Exception {
    try (GatewayByHand hand = new GatewayByHand(grizz);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < USERS; i++) {
        UUID user = UUID.randomUUID();
        people.add(new Person(user, "<" + i + ">", hand.begin(user)));
      }
      SplittableRandom random = new SplittableRandom(seed);
      List<Future<?>> all = new ArrayList<>();
      for (Person person : people) {
        for (int i = 0; i < SOCKETS; i++) {
          SplittableRandom own = random.split();
          all.add(threads.submit(() -> read(hand, person, own)));
        }
        all.add(threads.submit(() -> write(person)));
      }
      for (Future<?> each : all) {
        each.get(60, TimeUnit.SECONDS);
      }
      assertThat(strays).as("seed " + seed).isEmpty();
      assertThat(heard).as("events").hasValueGreaterThan((long) USERS * SOCKETS * EVENTS);
    }
  }

  private static void write(Person person) {
    for (int i = 0; i < EVENTS; i++) {
      person.answer().say(person.mark());
    }
    person.answer().end();
  }

  /** Reads a while, leaves without a word, and comes back, until the end was seen. */
  private Object read(GatewayByHand hand, Person person, SplittableRandom random)
      throws IOException {
    long last = 0;
    while (true) {
      try (RawSocket socket = RawSocket.to(hand.wsPort())) {
        String token = grizz.token(person.user());
        socket.say(RawSocket.handshake("Authorization: Bearer " + token)).head();
        socket.send(hello(person, last));
        Person other = people.get(random.nextInt(USERS));
        socket.send(watch(other));
        int most = random.nextInt(50, 1_500);
        for (int i = 0; i < most; i++) {
          Fields frame = Json.fields(socket.text());
          last = Math.max(last, frame.integer("seq", 0, Long.MAX_VALUE).orElse(0));
          if (ended(person, frame)) {
            return person;
          }
        }
      }
    }
  }

  private boolean ended(Person person, Fields frame) {
    String type = frame.text("t").orElse("");
    String words = frame.text("d").orElse("") + frame.text("text").orElse("");
    boolean theirs =
        frame.uuid("job").map(person.answer().job()::equals).orElse(true)
            && words.replace(person.mark(), "").isEmpty();
    if (!theirs) {
      strays.add(person.mark() + " got " + frame.object());
    }
    heard.incrementAndGet();
    return type.equals("done");
  }

  private static String hello(Person person, long last) {
    var hello = Json.object().put("t", "hello").put("id", "h");
    hello
        .putArray("resume")
        .addObject()
        .put("job", person.answer().job().toString())
        .put("log", GatewayByHand.LOG)
        .put("after", last);
    return Json.write(hello);
  }

  private static String watch(Person other) {
    return Json.write(
        Json.object().put("t", "watch").put("id", "w").put("job", other.answer().job().toString()));
  }
}
