package io.omendb.lake.file;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.apache.iceberg.TableMetadataParser;

/** Whether a table's metadata can be read at all; its checksum too, where it is compressed. */
final class TableMetadataFile {
  private static final String SUFFIX = ".metadata.json";
  private static final String COMPRESSED_SUFFIX = ".gz.metadata.json";

  private TableMetadataFile() {}

  static boolean is(String location) {
    return location.endsWith(SUFFIX);
  }

  /**
   * Reads all of it.
   *
   * @throws DamagedFileException where it is not what was written
   */
  static void requireWhole(String location, Path path) throws IOException {
    try (InputStream file = Files.newInputStream(path);
        InputStream text =
            location.endsWith(COMPRESSED_SUFFIX) ? new GZIPInputStream(file) : file) {
      TableMetadataParser.fromJson(
          location, new String(text.readAllBytes(), StandardCharsets.UTF_8));
    } catch (NoSuchFileException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new DamagedFileException(location, e);
    }
  }
}
