package io.omendb.gateway;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;

/**
 * The arrows of the design: nothing below imports anything above, the two libraries do not know
 * each other, no package cycles.
 */
@AnalyzeClasses(packages = "io.omendb", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule librariesKnowNothingAbove =
      noClasses()
          .that()
          .resideInAnyPackage("io.omendb.state..", "io.omendb.lake..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.omendb.jobs..", "io.omendb.gateway..", "io.omendb.examples..");

  @ArchTest
  static final ArchRule stateKnowsNoLake =
      noClasses()
          .that()
          .resideInAPackage("io.omendb.state..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.omendb.lake..", "org.apache.iceberg..");

  @ArchTest
  static final ArchRule lakeKnowsNoState =
      noClasses()
          .that()
          .resideInAPackage("io.omendb.lake..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.omendb.state..", "org.apache.calcite..");

  @ArchTest
  static final ArchRule jobsKnowNoGateway =
      noClasses()
          .that()
          .resideInAPackage("io.omendb.jobs..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.omendb.gateway..", "org.apache.calcite..", "io.netty..");

  @ArchTest
  static final ArchRule theSessionKnowsNoWireProtocol =
      noClasses()
          .that()
          .resideInAnyPackage(
              "io.omendb.gateway.session..", "io.omendb.gateway.sql..", "io.omendb.gateway.oltp..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.omendb.gateway.pgwire..");

  /** Every package is a slice of its own, so that a room's own rooms have no cycles either. */
  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices()
          .assignedFrom(
              new SliceAssignment() {
                @Override
                public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
                  return SliceIdentifier.of(javaClass.getPackageName());
                }

                @Override
                public String getDescription() {
                  return "packages";
                }
              })
          .should()
          .beFreeOfCycles();
}
