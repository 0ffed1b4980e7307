package io.omendb.gateway.pgwire;

import io.omendb.gateway.session.Notice;
import io.omendb.gateway.session.Portal;
import io.omendb.gateway.session.ResultColumn;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.time.ZoneId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs portals and writes what they give: rows, or COPY's sub-protocol. Confined to the
 * connection's current thread.
 *
 * <pre>
 *   COPY FROM STDIN                              COPY TO STDOUT
 *   server: CopyInResponse                       server: CopyOutResponse
 *   client: CopyData*  CopyDone | CopyFail       server: CopyData*  CopyDone
 *   server: CommandComplete | ErrorResponse      server: CommandComplete
 * </pre>
 */
final class PortalRunner {

  /** Gives the messages that follow the one that is being handled. */
  interface Inbox {
    /**
     * Waits for the next message; QUERY_CANCELED after a cancel, CONNECTION_FAILURE where the
     * client is gone.
     */
    FrontendMessage take();
  }

  private final ClientOutput output;
  private final Inbox inbox;

  PortalRunner(ClientOutput output, Inbox inbox) {
    this.output = output;
    this.inbox = inbox;
  }

  /**
   * Without waiting, where that is possible now; null, and nothing written, where it is not. Event
   * loop.
   */
  Portal.@Nullable Completion tryRun(Portal portal, short[] formats, ZoneId zone) {
    if (portal.kind() != Portal.Kind.STATEMENT) {
      return null;
    }
    return portal.tryExecute(new Sink(encoder(portal, formats, zone), false));
  }

  /** To the end or for {@code rowsMax} rows. Workers only. */
  Portal.Completion run(Portal portal, short[] formats, ZoneId zone, int rowsMax) {
    return switch (portal.kind()) {
      case STATEMENT -> portal.execute(rowsMax, new Sink(encoder(portal, formats, zone), true));
      case COPY_IN -> copyIn(portal.copyIn());
      case COPY_OUT -> copyOut(portal);
    };
  }

  private static @Nullable RowEncoder encoder(Portal portal, short[] formats, ZoneId zone) {
    List<ResultColumn> columns = portal.resultColumns();
    return columns == null ? null : new RowEncoder(columns, formats, zone);
  }

  private Portal.Completion copyOut(Portal portal) {
    List<ResultColumn> columns = portal.resultColumns();
    BackendMessages.copyOutResponse(output.buffer(), columns == null ? 0 : columns.size());
    Portal.Completion completion = portal.execute(0, new Sink(null, true));
    BackendMessages.copyDone(output.buffer());
    return completion;
  }

  private Portal.Completion copyIn(Portal.CopyIn copy) {
    BackendMessages.copyInResponse(output.buffer(), copy.columnCount());
    output.flush();
    while (true) {
      FrontendMessage message;
      try {
        message = inbox.take();
      } catch (OmenException ended) {
        copy.fail(String.valueOf(ended.getMessage()));
        throw ended;
      }
      if (message instanceof FrontendMessage.CopyData data) {
        copy.data(data.bytes(), 0, data.bytes().length);
      } else if (message instanceof FrontendMessage.CopyDone) {
        return copy.finish();
      } else if (message instanceof FrontendMessage.CopyFail fail) {
        copy.fail(fail.reason());
        throw new OmenException(
            ErrorCode.QUERY_CANCELED, "COPY from stdin failed: " + fail.reason());
      } else if (!(message instanceof FrontendMessage.Flush
          || message instanceof FrontendMessage.Sync)) {
        // Flush and Sync are passed over, as the protocol says: a client may send them ahead.
        String reason =
            "unexpected message during COPY from stdin: " + message.getClass().getSimpleName();
        copy.fail(reason);
        throw new OmenException(ErrorCode.PROTOCOL_VIOLATION, reason);
      }
    }
  }

  /** A command's end, after its notices. */
  void complete(Portal.Completion completion) {
    for (Notice notice : completion.notices()) {
      BackendMessages.noticeResponse(output.buffer(), notice);
    }
    String tag = completion.tag();
    if (tag == null) {
      BackendMessages.portalSuspended(output.buffer());
    } else if (tag.isEmpty()) {
      BackendMessages.emptyQueryResponse(output.buffer());
    } else {
      BackendMessages.commandComplete(output.buffer(), tag);
    }
  }

  /** Rows and COPY data on their way into the output. */
  private final class Sink implements Portal.RowSink {
    private final @Nullable RowEncoder encoder;
    private final boolean mayWait;

    Sink(@Nullable RowEncoder encoder, boolean mayWait) {
      this.encoder = encoder;
      this.mayWait = mayWait;
    }

    @Override
    public void row(@Nullable Object[] datums) {
      if (encoder == null) {
        throw new IllegalStateException("a row from a statement that returns none");
      }
      encoder.encode(output.buffer(), datums);
      if (mayWait) {
        output.flushFullChunk();
      }
    }

    @Override
    public void copyData(byte[] bytes) {
      BackendMessages.copyData(output.buffer(), bytes);
      output.flushFullChunk();
    }
  }
}
