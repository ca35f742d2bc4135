package io.grizz.launcher.gateway;

import java.io.IOException;
import java.io.OutputStream;

/**
 * An answer on its way to a client that may never read it: knows for how long its writer waits, and
 * can end the wait. The server underneath has no such limit.
 */
final class TimedOutput extends OutputStream {

  private final OutputStream out;
  private final Thread writer = Thread.currentThread();
  private volatile long sinceNanos;
  private volatile boolean writing;

  /** For the current thread to write to, and no other. */
  TimedOutput(OutputStream out) {
    this.out = out;
  }

  /** Ends the connection if its client takes nothing for this long. From any thread. */
  void endIfStuck(long now, long longestNanos) {
    if (writing && now - sinceNanos > longestNanos) {
      writer.interrupt(); // which closes the socket that it writes to
    }
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b});
  }

  @Override
  public void write(byte[] bytes, int from, int length) throws IOException {
    begin();
    try {
      out.write(bytes, from, length);
    } finally {
      writing = false;
    }
  }

  @Override
  public void flush() throws IOException {
    begin();
    try {
      out.flush();
    } finally {
      writing = false;
    }
  }

  @Override
  public void close() throws IOException {
    begin();
    try {
      out.close();
    } finally {
      writing = false;
    }
  }

  private void begin() {
    sinceNanos = System.nanoTime();
    writing = true;
  }
}
