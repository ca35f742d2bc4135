package io.grizz.embedded;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A directory of one server, or of one Grizz: private to its owner, locked while it is open, and
 * deleted at the end when it was made for a test.
 *
 * <p><b>Errors.</b> {@link EmbeddedServerException} when it cannot be written, or is in use.
 */
public final class DataDirectory implements AutoCloseable {

  private static final int SECRET_BYTES = 24;

  private final Path path;
  private final boolean temporary;
  private final FileChannel channel;
  private final FileLock lock;

  private DataDirectory(Path path, boolean temporary) throws IOException {
    this.path = path;
    this.temporary = temporary;
    this.channel =
        FileChannel.open(path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    this.lock = lock(path, channel);
  }

  /** Opens a directory that stays, making it if need be. */
  public static DataDirectory at(Path path) {
    try {
      Files.createDirectories(path);
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
      return new DataDirectory(path, false);
    } catch (IOException e) {
      throw new EmbeddedServerException(
          "cannot write to the data directory " + path + ". Choose another one with --data.", e);
    }
  }

  /** Makes one that is deleted when it is closed. */
  public static DataDirectory temporary() {
    try {
      return new DataDirectory(Files.createTempDirectory("grizz-"), true);
    } catch (IOException e) {
      throw new EmbeddedServerException("cannot make a temporary directory", e);
    }
  }

  /** Whether nobody will ask for these data again once they are closed. */
  boolean isTemporary() {
    return temporary;
  }

  /** A file in here, or, for an empty name, the directory itself. */
  public Path resolve(String name) {
    return path.resolve(name);
  }

  /** The secret of this name: made at the first call, the same ever after. */
  public String secret(String name) throws IOException {
    Path file = path.resolve(name);
    if (!Files.exists(file)) {
      byte[] random = new byte[SECRET_BYTES];
      new SecureRandom().nextBytes(random);
      write(file, HexFormat.of().formatHex(random));
    }
    return Files.readString(file);
  }

  /** Writes a file that only its owner may read, whole or not at all. */
  static void write(Path file, String text) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    Path fresh =
        Files.createTempFile(
            parent,
            ".fresh",
            "",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(fresh, text);
    Files.move(fresh, file, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
  }

  /** Refuses to go on with a directory that was given back: another process may have it now. */
  void requireOpen() {
    if (!channel.isOpen()) {
      throw new EmbeddedServerException("the data directory " + path + " was given back");
    }
  }

  /** Gives the directory back. Closing twice is harmless. */
  @Override
  public void close() {
    if (!channel.isOpen()) {
      return;
    }
    try {
      lock.release();
      channel.close();
      if (temporary) {
        delete(path);
      }
    } catch (IOException e) {
      throw new EmbeddedServerException("cannot give back the data directory " + path, e);
    }
  }

  private static FileLock lock(Path path, FileChannel channel) throws IOException {
    @Nullable FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      channel.close();
      throw new EmbeddedServerException(
          "the data directory "
              + path
              + " is in use by another Grizz. Stop that one, or choose another with --data.");
    }
    return lock;
  }

  private static void delete(Path path) throws IOException {
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
