package io.omendb.state.backend;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.types.Either;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/**
 * Flink's tests of jobs whose state backend is a parameter: rescaling from savepoints and from
 * checkpoints (with State V2 too), and null values in map state through each kind of snapshot.
 */
class FlinkJobSuitesTest {

  private static final String PACKAGE = "org.apache.flink.test.checkpointing.";
  private static final String LEARNED = LearnedStateBackendFactory.class.getName();

  @TempDir Path temporary;

  @TestFactory
  List<DynamicTest> rescalingFromSavepoints(TestInfo testInfo) throws Exception {
    return new FlinkSuite(PACKAGE + "RescalingITCase", temporary, testInfo)
        .tests(name -> true, LEARNED);
  }

  @TestFactory
  List<DynamicTest> rescalingFromCheckpoints(TestInfo testInfo) throws Exception {
    FlinkSuite suite =
        new FlinkSuite(PACKAGE + "RescaleCheckpointManuallyITCase", temporary, testInfo);
    List<DynamicTest> tests = new ArrayList<>(suite.tests(name -> true, LEARNED, false));
    tests.addAll(suite.tests(name -> true, LEARNED, true));
    return tests;
  }

  @TestFactory
  List<DynamicTest> nullValuesInMapState(TestInfo testInfo) throws Exception {
    FlinkSuite suite =
        new FlinkSuite(PACKAGE + "MapStateNullValueCheckpointingITCase", temporary, testInfo);
    List<DynamicTest> tests = new ArrayList<>();
    for (Either<CheckpointType, SavepointFormatType> snapshot :
        List.<Either<CheckpointType, SavepointFormatType>>of(
            Either.Left(CheckpointType.FULL),
            Either.Left(CheckpointType.INCREMENTAL),
            Either.Right(SavepointFormatType.CANONICAL),
            Either.Right(SavepointFormatType.NATIVE))) {
      tests.addAll(suite.tests(name -> true, LEARNED, snapshot));
    }
    return tests;
  }
}
