package io.omendb.lake.file;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.PositionOutputStream;

/** A local file to write, whose directories come into being with it. */
record LocalOutputFile(String location, Path path) implements OutputFile {

  @Override
  public PositionOutputStream create() {
    return open(StandardOpenOption.CREATE_NEW);
  }

  @Override
  public PositionOutputStream createOrOverwrite() {
    return open(StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
  }

  private PositionOutputStream open(OpenOption... how) {
    try {
      Path directory = path.toAbsolutePath().getParent();
      if (directory == null) {
        throw new IllegalArgumentException("not a file: " + location);
      }
      Files.createDirectories(directory);
      return new LocalOutputStream(path, directory, how);
    } catch (FileAlreadyExistsException e) {
      throw new AlreadyExistsException(e, "file exists: %s", location);
    } catch (IOException e) {
      throw LocalFileIO.failed("create", location, e);
    }
  }

  @Override
  public InputFile toInputFile() {
    return new LocalInputFile(location, path);
  }
}
