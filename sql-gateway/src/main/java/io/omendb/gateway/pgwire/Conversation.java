package io.omendb.gateway.pgwire;

import io.omendb.gateway.session.Session;
import io.omendb.gateway.session.SessionFactory;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.memory.MemoryShare;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's side of the protocol as a state machine over its session.
 *
 * <pre>
 *   client                              server
 *   SSLRequest | GSSENCRequest          N                                        (any number)
 *   StartupMessage                      NegotiateProtocolVersion?                 3.x, x &gt; 0
 *                                       AuthenticationXXX / response …            {@link Authentication}
 *                                       AuthenticationOk ParameterStatus* BackendKeyData ReadyForQuery
 *   Query                               see {@link SimpleQuery}                   ReadyForQuery
 *   Parse Bind Describe Execute Close   see {@link ExtendedQuery}; after an error nothing until Sync
 *   Flush                               (what is pending is sent)
 *   Sync                                ReadyForQuery
 *   Terminate                           (closed)
 * </pre>
 *
 * <p>Confined to one thread at a time: the event loop, which may only {@link #tryHandle} and {@link
 * #resume}, or a worker. While {@link #committing} a commit it belongs to none. {@link #cancel} may
 * come from any thread.
 */
final class Conversation {
  private static final Logger LOG = LoggerFactory.getLogger(Conversation.class);

  /** What drivers expect to be told of at start-up, in PostgreSQL's order. */
  private static final List<String> REPORTED_SETTINGS =
      List.of(
          "application_name",
          "client_encoding",
          "DateStyle",
          "default_transaction_read_only",
          "in_hot_standby",
          "integer_datetimes",
          "IntervalStyle",
          "is_superuser",
          "server_encoding",
          "server_version",
          "session_authorization",
          "standard_conforming_strings",
          "TimeZone");

  private final ClientOutput output;
  private final SessionFactory sessions;
  private final ConnectionRegistry registry;
  private final Authentication authentication;
  private final MemoryShare memory;
  private final PortalRunner runner;
  private final Runnable onAuthenticated;

  private @Nullable Map<String, String> startupParameters;
  private ConnectionRegistry.@Nullable Key key;
  private volatile @Nullable Session session;
  private @Nullable ExtendedQuery extended;
  private @Nullable SimpleQuery simple;
  private @Nullable ZoneId zone;

  /** After an error in the extended protocol. */
  private boolean skippingToSync;

  /** The commit that a Sync waits for; no message is handled until {@link #resume}. */
  private @Nullable CompletableFuture<?> committing;

  /** The client has been told that its turn has come. */
  private boolean atRest;

  private boolean ended;

  Conversation(
      ClientOutput output,
      SessionFactory sessions,
      ConnectionRegistry registry,
      Authentication authentication,
      PortalRunner.Inbox inbox,
      MemoryShare memory,
      Runnable onAuthenticated) {
    this.output = output;
    this.sessions = sessions;
    this.registry = registry;
    this.authentication = authentication;
    this.memory = memory;
    this.runner = new PortalRunner(output, inbox);
    this.onAuthenticated = onAuthenticated;
  }

  /** Whether it has said its last word; the connection closes when that is sent. */
  boolean isEnded() {
    return ended;
  }

  /** Handles a message without waiting, or returns false having done nothing. Event loop. */
  boolean tryHandle(FrontendMessage message) {
    if (ended) {
      return true;
    }
    atRest = false;
    if (message instanceof FrontendMessage.SslRequest
        || message instanceof FrontendMessage.GssEncryptionRequest) {
      output.buffer().writeByte('N');
      return true;
    }
    ExtendedQuery queries = extended;
    if (queries == null) {
      return message instanceof FrontendMessage.Malformed && handledWithoutSession(message);
    }
    if (skippingToSync && message.isExtendedQuery()) {
      return handledFatally(message);
    }
    try {
      return tryHandleQuery(message, queries);
    } catch (RuntimeException | Error error) {
      // What follows an error, a rollback above all, may wait: a worker meets it again.
      LOG.trace("not handled at once", error);
      return false;
    }
  }

  private boolean tryHandleQuery(FrontendMessage message, ExtendedQuery queries) {
    if (message instanceof FrontendMessage.Bind bind) {
      return queries.tryBind(bind, zone());
    } else if (message instanceof FrontendMessage.Describe describe) {
      queries.describe(describe);
    } else if (message instanceof FrontendMessage.Close close) {
      return queries.tryClose(close);
    } else if (message instanceof FrontendMessage.Flush) {
      output.flushSoon();
    } else if (message instanceof FrontendMessage.Execute execute) {
      return queries.tryExecute(execute, zone());
    } else if (message instanceof FrontendMessage.Sync) {
      if (skippingToSync) {
        return false;
      }
      if (openSession().endMayBlock()) {
        return startCommit(queries);
      }
      sync(queries);
    } else if (message instanceof FrontendMessage.Terminate) {
      end();
    } else {
      return false;
    }
    return true;
  }

  /** Handles any message. Workers only. Never throws for what a client can cause. */
  void handle(FrontendMessage received) {
    if (ended) {
      return;
    }
    atRest = false;
    FrontendMessage message = FrontendDecoder.decoded(received);
    output.beginStatement();
    Session open = session;
    ExtendedQuery queries = extended;
    SimpleQuery queryStrings = simple;
    if (open == null || queries == null || queryStrings == null) {
      handledWithoutSession(message);
      return;
    }
    if (skippingToSync && message.isExtendedQuery()) {
      handledFatally(message);
      return;
    }
    try {
      output.flushFullChunk();
      output.awaitWritable();
      handleQuery(message, open, queries, queryStrings);
    } catch (RuntimeException | Error error) {
      fail(error, message);
    }
  }

  private void handleQuery(
      FrontendMessage message, Session open, ExtendedQuery queries, SimpleQuery queryStrings) {
    if (message instanceof FrontendMessage.Parse parse) {
      queries.parse(parse);
    } else if (message instanceof FrontendMessage.Bind bind) {
      queries.bind(bind, zone());
    } else if (message instanceof FrontendMessage.Close close) {
      queries.close(close);
    } else if (message instanceof FrontendMessage.Execute execute) {
      queries.execute(execute, zone());
    } else if (message instanceof FrontendMessage.Query query) {
      query(query, open, queries, queryStrings);
    } else if (message instanceof FrontendMessage.Sync) {
      if (skippingToSync || !open.endMayBlock() || !startCommit(queries)) {
        sync(queries);
      }
    } else if (message instanceof FrontendMessage.CopyData
        || message instanceof FrontendMessage.CopyDone
        || message instanceof FrontendMessage.CopyFail) {
      // The rest of a COPY that failed here already.
      return;
    } else if (message instanceof FrontendMessage.FunctionCall) {
      throw new OmenException(
          ErrorCode.FEATURE_NOT_SUPPORTED, "function calls by message are not supported");
    } else if (message instanceof FrontendMessage.Malformed malformed) {
      throw new OmenException(malformed.code(), malformed.reason());
    } else if (!tryHandleQuery(message, queries)) {
      fatal(
          new OmenException(
              ErrorCode.PROTOCOL_VIOLATION,
              "unexpected message " + message.getClass().getSimpleName()));
    }
  }

  private void query(
      FrontendMessage.Query query, Session open, ExtendedQuery queries, SimpleQuery queryStrings) {
    queries.forgetUnnamed();
    queryStrings.run(query.sql(), this::zone);
    ready(open, queries);
  }

  /**
   * A Sync whose commit needs no thread while it waits for the disk; false, and nothing has
   * happened, where it does.
   */
  private boolean startCommit(ExtendedQuery queries) {
    Session open = openSession();
    CompletableFuture<?> commit;
    try {
      commit = open.startImplicitCommit();
    } catch (RuntimeException refused) {
      // A Sync is answered whatever happens: the client waits for nothing else.
      error(refused);
      ready(open, queries);
      return true;
    }
    if (commit == null) {
      return false;
    }
    queries.closePortals();
    committing = commit;
    if (commit.isDone()) {
      resume();
    }
    return true;
  }

  /** The commit that must be done before anything else is handled; null for none. */
  @Nullable CompletableFuture<?> committing() {
    return committing;
  }

  /** Ends the Sync whose commit is done. */
  void resume() {
    CompletableFuture<?> commit = committing;
    ExtendedQuery queries = extended;
    committing = null;
    if (ended || commit == null || queries == null) {
      return;
    }
    Session open = openSession();
    try {
      open.finishImplicitCommit(commit);
    } catch (RuntimeException commitFailed) {
      error(commitFailed);
    }
    ready(open, queries);
  }

  private void sync(ExtendedQuery queries) {
    Session open = openSession();
    boolean failed = skippingToSync;
    skippingToSync = false;
    if (open.status() == Session.Status.IDLE) {
      queries.closePortals();
    }
    try {
      open.endImplicitTransaction(failed);
    } catch (RuntimeException commitFailed) {
      error(commitFailed);
    }
    ready(open, queries);
  }

  private void ready(Session open, ExtendedQuery queries) {
    if (ended) {
      return;
    }
    if (open.status() == Session.Status.IDLE) {
      queries.closePortals();
    }
    BackendMessages.readyForQuery(output.buffer(), open.status());
    output.flushSoon();
    atRest = true;
  }

  /** How long the client may be silent now; 0 for as long as it likes. */
  long idleTimeoutMs() {
    Session open = session;
    return !atRest || ended || open == null ? 0 : open.idleTimeoutMs();
  }

  /** The client was silent for too long. Event loop; what is open is rolled back by a worker. */
  void endIdle() {
    if (ended || !atRest) {
      return;
    }
    boolean inTransaction = openSession().status() != Session.Status.IDLE;
    fatal(
        inTransaction
            ? new OmenException(
                ErrorCode.IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
                "terminating connection due to idle-in-transaction timeout")
            : new OmenException(
                ErrorCode.IDLE_SESSION_TIMEOUT,
                "terminating connection due to idle-session timeout"));
  }

  /** Tells the client, and goes on as the protocol says for that kind of message. */
  private void fail(Throwable error, FrontendMessage message) {
    if (message instanceof FrontendMessage.Malformed malformed && malformed.fatal()) {
      fatal(error);
      return;
    }
    Session open = openSession();
    error(error);
    if (ended) {
      return;
    }
    if (message.isExtendedQuery()) {
      skippingToSync = true;
      return;
    }
    try {
      open.endImplicitTransaction(true);
    } catch (RuntimeException rollbackFailed) {
      error(rollbackFailed);
    }
    ExtendedQuery queries = extended;
    if (queries != null) {
      ready(open, queries);
    }
  }

  private void error(Throwable error) {
    Failure failure = Failure.of(error);
    Session open = session;
    if (open != null && !failure.internal()) {
      open.fail();
    }
    if (failure.internal() && open != null && open.status() == Session.Status.IN_TRANSACTION) {
      // Nobody knows what is half done: the transaction must not go on.
      fatal(failure);
      return;
    }
    BackendMessages.errorResponse(
        output.buffer(), BackendMessages.Severity.ERROR, failure.sqlState(), failure.message());
  }

  private void fatal(Throwable error) {
    fatal(Failure.of(error));
  }

  private void fatal(Failure failure) {
    BackendMessages.errorResponse(
        output.buffer(), BackendMessages.Severity.FATAL, failure.sqlState(), failure.message());
    end();
  }

  private void end() {
    if (!ended) {
      ended = true;
      output.flushAndClose();
    }
  }

  /** While skipping to Sync only a broken stream counts. */
  private boolean handledFatally(FrontendMessage message) {
    if (message instanceof FrontendMessage.Malformed malformed && malformed.fatal()) {
      fatal(new OmenException(malformed.code(), malformed.reason()));
    }
    return true;
  }

  private boolean handledWithoutSession(FrontendMessage message) {
    try {
      if (message instanceof FrontendMessage.Malformed malformed) {
        fatal(new OmenException(malformed.code(), malformed.reason()));
      } else if (message instanceof FrontendMessage.Startup startup && startupParameters == null) {
        start(startup);
      } else if (message instanceof FrontendMessage.AuthenticationResponse response
          && startupParameters != null) {
        authenticate(authentication.continueWith(response.data()), startupParameters);
      } else if (message instanceof FrontendMessage.Terminate) {
        end();
      } else {
        fatal(
            new OmenException(
                ErrorCode.PROTOCOL_VIOLATION,
                "unexpected message before authentication: " + message.getClass().getSimpleName()));
      }
    } catch (RuntimeException | Error error) {
      fatal(error);
    }
    return true;
  }

  private void start(FrontendMessage.Startup startup) {
    Map<String, String> parameters = new LinkedHashMap<>(startup.parameters());
    List<String> protocolOptions =
        parameters.keySet().stream().filter(name -> name.startsWith("_pq_.")).toList();
    parameters.keySet().removeAll(protocolOptions);
    if (startup.protocolVersion() > BackendMessages.PROTOCOL_VERSION
        || !protocolOptions.isEmpty()) {
      BackendMessages.negotiateProtocolVersion(output.buffer(), protocolOptions);
    }
    if (!parameters.containsKey("user") || parameters.getOrDefault("user", "").isEmpty()) {
      fatal(
          new OmenException(
              ErrorCode.INVALID_AUTHORIZATION,
              "no PostgreSQL user name specified in startup packet"));
      return;
    }
    if (parameters.containsKey("replication")) {
      fatal(
          new OmenException(
              ErrorCode.FEATURE_NOT_SUPPORTED, "replication connections are not supported"));
      return;
    }
    // Without a database the user's name is taken, as PostgreSQL does.
    parameters.putIfAbsent("database", parameters.getOrDefault("user", ""));
    startupParameters = parameters;
    authenticate(authentication.start(parameters), parameters);
  }

  private void authenticate(Authentication.Step step, Map<String, String> parameters) {
    if (step instanceof Authentication.Accepted) {
      open(parameters);
    } else if (step instanceof Authentication.Challenge challenge) {
      BackendMessages.authenticationRequest(output.buffer(), challenge.code(), challenge.data());
      output.flushSoon();
    } else if (step instanceof Authentication.Rejected rejected) {
      fatal(rejected.reason());
    }
  }

  private void open(Map<String, String> parameters) {
    ConnectionRegistry.Key ownKey = registry.register(this::cancel);
    key = ownKey;
    Session opened = sessions.open(Map.copyOf(parameters), ownKey.processId());
    session = opened;
    extended = new ExtendedQuery(opened, output, runner, memory);
    simple = new SimpleQuery(opened, output, runner);
    BackendMessages.authenticationOk(output.buffer());
    for (String name : REPORTED_SETTINGS) {
      BackendMessages.parameterStatus(output.buffer(), name, opened.setting(name));
    }
    opened.onSettingChanged(this::settingChanged);
    BackendMessages.backendKeyData(output.buffer(), ownKey.processId(), ownKey.secretKey());
    BackendMessages.readyForQuery(output.buffer(), opened.status());
    onAuthenticated.run();
    output.flushSoon();
    atRest = true;
  }

  private void settingChanged(String name, String value) {
    zone = null;
    BackendMessages.parameterStatus(output.buffer(), name, value);
  }

  private ZoneId zone() {
    ZoneId known = zone;
    if (known == null) {
      known = openSession().timeZone();
      zone = known;
    }
    return known;
  }

  private Session openSession() {
    Session open = session;
    if (open == null) {
      throw new IllegalStateException("no session yet");
    }
    return open;
  }

  /**
   * Ends what runs now, if anything does. Any thread but network threads: interrupting a thread
   * that reads a file waits until all who read that file have been told.
   */
  void cancel() {
    Session open = session;
    if (open != null) {
      open.cancel();
    }
    output.cancel();
  }

  /** Rolls back and frees everything. May wait: workers only. */
  void close() {
    ended = true;
    output.discard();
    ConnectionRegistry.Key ownKey = key;
    if (ownKey != null) {
      registry.unregister(ownKey);
      key = null;
    }
    ExtendedQuery queries = extended;
    Session open = session;
    session = null;
    try {
      if (queries != null) {
        queries.close();
      }
    } finally {
      if (open != null) {
        open.close();
      }
    }
  }
}
