package io.grizz;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The rooms of the core, and who may look into which. Each rule is tried twice: on our classes,
 * which must be innocent, and on classes made guilty on purpose ({@code io.grizz.guilty}), which it
 * must catch.
 */
class RoomsTest {

  private static final String HOME = "io.grizz";
  private static final String GUILTY = "io.grizz.guilty";

  private static final String FRONT_DESK = "front desk";

  /** The front desk may use all rooms but testing, and nobody but testing may use it. */
  private static final Map<String, List<String>> MAY_USE =
      Map.of(
          "api", List.of(),
          "embedded", List.of(),
          "json", List.of("api"),
          "memory", List.of("api"),
          "worker", List.of("api", "json"),
          "redis", List.of("api", "json"),
          "postgres", List.of("api", "json"),
          "model", List.of("api", "json"),
          "chat", List.of("api", "json", "model"),
          "testing", List.of(FRONT_DESK, "api", "memory", "embedded"));

  private static final JavaClasses OURS =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_JARS)
          .importPackages(HOME);
  private static final JavaClasses THEIRS = new ClassFileImporter().importPackages(GUILTY);

  private static ArchRule doors(String home) {
    var rooms =
        layeredArchitecture()
            .consideringOnlyDependenciesInAnyPackage(home + "..")
            .withOptionalLayers(true)
            .ensureAllClassesAreContainedInArchitecture()
            .layer(FRONT_DESK)
            .definedBy(home);
    for (var room : MAY_USE.keySet()) {
      rooms = rooms.layer(room).definedBy(home + "." + room);
    }
    for (var room : MAY_USE.entrySet()) {
      var others = room.getValue().toArray(String[]::new);
      rooms =
          others.length == 0
              ? rooms.whereLayer(room.getKey()).mayNotAccessAnyLayer()
              : rooms.whereLayer(room.getKey()).mayOnlyAccessLayers(others);
    }
    return rooms.whereLayer("testing").mayNotBeAccessedByAnyLayer();
  }

  private static ArchRule noCycles(String home) {
    return slices().matching(home + ".(*)..").should().beFreeOfCycles();
  }

  private static ArchRule redisStaysHome(String home) {
    return noClasses()
        .that()
        .resideOutsideOfPackage(home + ".redis..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("redis.clients..");
  }

  private static ArchRule sqlStaysHome(String home) {
    return noClasses()
        .that()
        .resideOutsideOfPackage(home + ".postgres..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.sql..", "javax.sql..", "com.zaxxer..", "org.postgresql..");
  }

  /** Session takes statements that are constants only, as the compiler sees to. */
  private static ArchRule statementsAreMadeBySessionOnly() {
    return noClasses()
        .that()
        .doNotHaveSimpleName("Session")
        .should()
        .callMethodWhere(
            target(name("createStatement"))
                .or(target(name("prepareStatement")))
                .or(target(name("prepareCall")))
                .or(target(name("nativeSQL")))
                .and(target(owner(assignableTo(Connection.class)))));
  }

  private static ArchRule namesSayTheDuty() {
    return classes()
        .should()
        .haveNameNotMatching(
            ".*[.$](Abstract[A-Z]\\w*|\\w*(Manager|Utils?|Helper|Processor|Service|Impl|Data|Info|Base))");
  }

  @Test
  void roomsAreEnteredByTheirDoorsOnly() {
    doors(HOME).check(OURS);
    assertThat(guilt(doors(GUILTY))).anyMatch(it -> it.contains("LooksIntoJson"));
  }

  @Test
  void roomsFormNoCircle() {
    noCycles(HOME).check(OURS);
    assertThat(guilt(noCycles(GUILTY))).anyMatch(it -> it.contains("LooksIntoJson"));
  }

  @Test
  void redisIsKnownInItsRoomOnly() {
    redisStaysHome(HOME).check(OURS);
    assertThat(guilt(redisStaysHome(GUILTY))).anyMatch(it -> it.contains("KnowsRedis"));
  }

  @Test
  void sqlIsKnownInItsRoomOnly() {
    sqlStaysHome(HOME).check(OURS);
    assertThat(guilt(sqlStaysHome(GUILTY))).anyMatch(it -> it.contains("KnowsSql"));
  }

  @Test
  void sqlIsBoundAndNeverPutTogether() throws IOException {
    statementsAreMadeBySessionOnly().check(OURS);
    assertThat(guilt(statementsAreMadeBySessionOnly()))
        .anyMatch(it -> it.contains("ConcatenatesSql"));
    String session = Files.readString(Path.of("src/main/java/io/grizz/postgres/Session.java"));
    assertThat(session.lines().filter(it -> it.contains("public ") && it.contains("String sql")))
        .allMatch(it -> it.contains("@CompileTimeConstant final String sql"));
    assertThat(session.split("@CompileTimeConstant final String sql", -1)).hasSize(1 + 4);
  }

  @Test
  void namesSayTheDutyOfAClass() {
    namesSayTheDuty().check(OURS);
    assertThat(guilt(namesSayTheDuty()))
        .hasSize(2)
        .anyMatch(it -> it.contains("LeaseManager"))
        .anyMatch(it -> it.contains("AbstractLease"));
  }

  private static List<String> guilt(ArchRule rule) {
    return rule.allowEmptyShould(true).evaluate(THEIRS).getFailureReport().getDetails();
  }
}
