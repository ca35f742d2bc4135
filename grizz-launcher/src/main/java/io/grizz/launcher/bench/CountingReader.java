package io.grizz.launcher.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Reads from many sockets on one thread, and only counts the bytes. */
final class CountingReader implements AutoCloseable {

  private static final int ROOM = 64 * 1024;

  private final Selector selector = Selector.open();
  private final AtomicLong bytes = new AtomicLong();
  private final List<LeanSocket> sockets;
  private final Thread thread;
  private volatile boolean closing;

  private CountingReader(List<LeanSocket> sockets) throws IOException {
    this.sockets = sockets;
    for (LeanSocket socket : sockets) {
      SocketChannel channel = socket.channel();
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ);
    }
    this.thread = Thread.ofPlatform().name("grizz-bench-reader").daemon().unstarted(this::read);
  }

  static CountingReader start(List<LeanSocket> sockets) throws IOException {
    CountingReader reader = new CountingReader(sockets);
    reader.thread.start();
    return reader;
  }

  /** How many bytes have come over all of them. */
  long bytes() {
    return bytes.get();
  }

  private void read() {
    ByteBuffer room = ByteBuffer.allocateDirect(ROOM);
    try {
      while (!closing) {
        selector.select();
        for (SelectionKey key : selector.selectedKeys()) {
          room.clear();
          int read = ((SocketChannel) key.channel()).read(room);
          if (read < 0) {
            key.cancel();
          } else {
            bytes.addAndGet(read);
          }
        }
        selector.selectedKeys().clear();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    closing = true;
    selector.wakeup();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (LeanSocket socket : sockets) {
      socket.close();
    }
    selector.close();
  }
}
