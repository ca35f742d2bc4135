package io.grizz.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A process may start in the very moment in which the database goes away. Wherever its first
 * connection breaks then, it must come to others when the database is back.
 */
@ExtendWith(TestPostgres.class)
class FirstConnectionTest {

  private final PostgresConfig database;

  FirstConnectionTest(TestPostgres.Server server) {
    this.database = server.database().withPatience(Duration.ofSeconds(2));
  }

  @ParameterizedTest(name = "request {0}")
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void poolLivesOnWhicheverRequestOfTheFirstConnectionIsCutOff(int request) throws Exception {
    try (Wire wire = new Wire(database.uri().getPort(), request);
        SessionScope scope = SessionScope.open(through(wire))) {
      await().atMost(Duration.ofSeconds(20)).ignoreExceptions().until(() -> one(scope) == 1);
      assertThat(wire.cut.get()).as("the first connection was cut off").isTrue();
    }
  }

  private PostgresConfig through(Wire wire) {
    String uri = database.uri().toString();
    return PostgresConfig.at(
            URI.create(uri.replace(":" + database.uri().getPort(), ":" + wire.door.getLocalPort())))
        .withPatience(database.patience());
  }

  private static int one(SessionScope scope) {
    return scope.read("one", session -> session.one("select 1 as n", row -> row.integer("n")));
  }

  /** Leads to the server, but is cut once, at a request of the first connection. */
  private static final class Wire implements AutoCloseable {

    private final AtomicBoolean cut = new AtomicBoolean();
    private final ServerSocket door;
    private final int server;

    Wire(int server, int request) throws IOException {
      this.server = server;
      this.door = new ServerSocket(0, 9, InetAddress.getLoopbackAddress());
      Thread.ofVirtual()
          .start(() -> {
            lead(request);
            while (!door.isClosed()) {
              lead(Integer.MAX_VALUE);
            }
          });
    }

    /** Leads the next connection, up to one of its requests. */
    private void lead(int last) {
      try {
        Socket client = door.accept();
        Socket postgres = new Socket(InetAddress.getLoopbackAddress(), server);
        Thread.ofVirtual().start(() -> requests(client, postgres, last));
        Thread.ofVirtual().start(() -> replies(postgres, client));
      } catch (IOException e) {
        if (!door.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }

    private void requests(Socket client, Socket postgres, int last) {
      try (client;
          postgres) {
        InputStream in = client.getInputStream();
        OutputStream out = postgres.getOutputStream();
        byte[] bytes = new byte[8192];
        for (int i = 1; ; i++) {
          int read = in.read(bytes);
          if (read < 0) {
            return;
          }
          if (i == last) {
            cut.set(true);
            return;
          }
          out.write(bytes, 0, read);
        }
      } catch (IOException e) {
        // why: one of the two has hung up
      }
    }

    private static void replies(Socket postgres, Socket client) {
      try {
        postgres.getInputStream().transferTo(client.getOutputStream());
      } catch (IOException e) {
        // why: as above
      }
    }

    @Override
    public void close() throws IOException {
      door.close();
    }
  }
}
