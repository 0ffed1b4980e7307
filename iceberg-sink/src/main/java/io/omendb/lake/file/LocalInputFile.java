package io.omendb.lake.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.SeekableInputStream;

/** A local file to read. */
record LocalInputFile(String location, Path path) implements InputFile {

  @Override
  public long getLength() {
    try {
      return Files.size(path);
    } catch (IOException e) {
      throw LocalFileIO.failed("stat", location, e);
    }
  }

  @Override
  public SeekableInputStream newStream() {
    try {
      if (TableMetadataFile.is(location)) {
        TableMetadataFile.requireWhole(location, path);
      }
      return new LocalInputStream(path);
    } catch (IOException e) {
      throw LocalFileIO.failed("open", location, e);
    }
  }

  @Override
  public boolean exists() {
    return Files.exists(path);
  }
}
