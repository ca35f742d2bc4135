package io.grizz.launcher;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The rooms of the launcher, and what of ours each may use. Each rule is tried twice: on our
 * classes, which must be innocent, and on classes made guilty on purpose ({@code
 * io.grizz.launcher.guilty}), which it must catch.
 */
class RoomsTest {

  private static final String HOME = "io.grizz.launcher";
  private static final String GUILTY = "io.grizz.launcher.guilty";

  /** Rooms that bench, settings and command stand above, and what each may use of the core. */
  private static final Map<String, List<String>> MAY_USE =
      Map.of(
          "supervise", List.of(),
          "gateway", List.of("api", "chat", "json"),
          "telemetry", List.of("api"),
          "offline", List.of("json"),
          "client", List.of("api", "json"));

  private static final JavaClasses OURS =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_JARS)
          .importPackages(HOME);
  private static final JavaClasses THEIRS = new ClassFileImporter().importPackages(GUILTY);

  private static ArchRule door(String home, String room, List<String> core) {
    var open =
        Stream.concat(Stream.of(home + "." + room), core.stream().map(it -> "io.grizz." + it))
            .toArray(String[]::new);
    return noClasses()
        .that()
        .resideInAPackage(home + "." + room)
        .should()
        .dependOnClassesThat(resideInAPackage("io.grizz..").and(not(resideInAnyPackage(open))))
        .allowEmptyShould(true);
  }

  private static ArchRule mainIsTheOnlyCallerOfCommands(String home) {
    return noClasses()
        .that()
        .resideOutsideOfPackages(home, home + ".command")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(home + ".command")
        .allowEmptyShould(true);
  }

  private static ArchRule noCycles(String home) {
    return slices().matching(home + ".(*)..").should().beFreeOfCycles().allowEmptyShould(true);
  }

  private static ArchRule storesAreLeftToTheCore(String home) {
    return noClasses()
        .that()
        .resideOutsideOfPackage(home + ".bench")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "redis.clients..", "java.sql..", "javax.sql..", "com.zaxxer..", "org.postgresql..")
        .allowEmptyShould(true);
  }

  private static ArchRule socketsStayAtTheDoors(String home) {
    return noClasses()
        .that()
        .resideOutsideOfPackages(home + ".gateway", home + ".client", home + ".bench")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.java_websocket..")
        .allowEmptyShould(true);
  }

  private static ArchRule namesSayTheDuty() {
    return classes()
        .should()
        .haveNameNotMatching(
            ".*[.$](Abstract[A-Z]\\w*|\\w*(Manager|Utils?|Helper|Processor|Service|Impl|Data|Info|Base))")
        .allowEmptyShould(true);
  }

  @Test
  void roomsAreEnteredByTheirDoorsOnly() {
    MAY_USE.forEach((room, core) -> door(HOME, room, core).check(OURS));
    assertThat(guilt(door(GUILTY, "supervise", List.of())))
        .anyMatch(it -> it.contains("KnowsTheGateway"));
  }

  @Test
  void commandsAreCalledByMainOnly() {
    mainIsTheOnlyCallerOfCommands(HOME).check(OURS);
    assertThat(guilt(mainIsTheOnlyCallerOfCommands(GUILTY)))
        .anyMatch(it -> it.contains("KnowsACommand"));
  }

  @Test
  void roomsFormNoCircle() {
    noCycles(HOME).check(OURS);
    assertThat(guilt(noCycles(GUILTY))).anyMatch(it -> it.contains("KnowsTheGateway"));
  }

  @Test
  void storesAreKnownToTheBenchOnly() {
    storesAreLeftToTheCore(HOME).check(OURS);
    assertThat(guilt(storesAreLeftToTheCore(GUILTY))).anyMatch(it -> it.contains("KnowsRedis"));
  }

  @Test
  void socketsAreKnownAtTheDoorsOnly() {
    socketsStayAtTheDoors(HOME).check(OURS);
    assertThat(guilt(socketsStayAtTheDoors(GUILTY))).anyMatch(it -> it.contains("KnowsASocket"));
  }

  @Test
  void namesSayTheDutyOfAClass() {
    namesSayTheDuty().check(OURS);
    assertThat(guilt(namesSayTheDuty())).anyMatch(it -> it.contains("ChildInfo"));
  }

  private static List<String> guilt(ArchRule rule) {
    return rule.evaluate(THEIRS).getFailureReport().getDetails();
  }
}
