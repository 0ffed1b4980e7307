package io.omendb.jobs.log;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A forward reader of durable records; confined to one thread. */
public interface LogReader extends AutoCloseable {

  /** The next durable record, or null where there is none yet. */
  @Nullable LogRecord poll() throws IOException;

  /** Position after the record that {@link #poll()} returned last. */
  long position();

  /** Completes when {@link #poll()} may return a record; completed already where it may now. */
  CompletableFuture<Void> available();

  @Override
  void close() throws IOException;
}
