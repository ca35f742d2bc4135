package io.grizz.embedded;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The account a server runs under: ours, or, for a server that refuses to be run by root, one
 * without rights.
 */
final class ServerUser {

  private static final int ROOT = 0;
  private static final List<String> WITHOUT_RIGHTS = List.of("postgres", "nobody");

  private final Optional<Account> account;

  private ServerUser(Optional<Account> account) {
    this.account = account;
  }

  /** The account for a server whose data are in {@code directory}; its owner, if it has one. */
  static ServerUser forDataIn(Path directory) throws IOException {
    Path ours = Files.createTempFile(directory, ".owner", "");
    int us = owner(ours).user();
    Files.delete(ours);
    if (us != ROOT) {
      return new ServerUser(Optional.empty());
    }
    if (!onPath("setpriv")) {
      throw new EmbeddedServerException(
          "Postgres refuses to be run by root, and there is no setpriv to run it as another user."
              + " Start Grizz as an ordinary user, or set database.url.");
    }
    Account before = owner(directory);
    Account chosen = before.user() == ROOT ? withoutRights() : before;
    return new ServerUser(Optional.of(chosen));
  }

  /** Whether it is ours. */
  boolean isOurs() {
    return account.isEmpty();
  }

  /** The words that run {@code command} under this account. */
  List<String> words(List<String> command) {
    List<String> words = new ArrayList<>();
    account.ifPresent(it ->
        words.addAll(
            List.of(
                "setpriv",
                "--reuid=" + it.user(),
                "--regid=" + it.group(),
                "--clear-groups",
                "--no-new-privs",
                "--")));
    words.addAll(command);
    return words;
  }

  /** Gives it a file or directory. */
  void own(Path path) throws IOException {
    if (account.isPresent()) {
      Files.setAttribute(path, "unix:gid", account.get().group(), LinkOption.NOFOLLOW_LINKS);
      Files.setAttribute(path, "unix:uid", account.get().user(), LinkOption.NOFOLLOW_LINKS);
    }
  }

  /** Whether it may enter {@code directory} by its path: a parent may be closed to it. */
  boolean reaches(Path directory) throws IOException {
    return isOurs()
        || Subprocess.run(words(List.of("sh", "-c", "cd \"$1\"", "sh", directory.toString())))
            .succeeded();
  }

  private static Account withoutRights() throws IOException {
    for (String name : WITHOUT_RIGHTS) {
      Optional<Account> account = account(name);
      if (account.isPresent()) {
        return account.get();
      }
    }
    throw new EmbeddedServerException(
        "Postgres refuses to be run by root, and there is no user "
            + String.join(" or ", WITHOUT_RIGHTS)
            + " to run it. Start Grizz as an ordinary user, or set database.url.");
  }

  /** The user of this name in the list of users; what other directories know has no need of us. */
  private static Optional<Account> account(String name) throws IOException {
    Pattern line = Pattern.compile(Pattern.quote(name) + ":[^:]*:(\\d+):(\\d+):.*");
    try (var users = Files.lines(Path.of("/etc/passwd"), StandardCharsets.ISO_8859_1)) {
      return users
          .map(line::matcher)
          .filter(it -> it.matches())
          .map(it -> new Account(Integer.parseInt(it.group(1)), Integer.parseInt(it.group(2))))
          .findFirst();
    }
  }

  private static Account owner(Path path) throws IOException {
    return new Account(
        (Integer) Files.getAttribute(path, "unix:uid"),
        (Integer) Files.getAttribute(path, "unix:gid"));
  }

  private static boolean onPath(String program) {
    String path = System.getenv().getOrDefault("PATH", "");
    for (String folder : path.split(File.pathSeparator, -1)) {
      if (new File(folder, program).canExecute()) {
        return true;
      }
    }
    return false;
  }

  private record Account(int user, int group) {}
}
