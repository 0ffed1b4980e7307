package io.omendb.gateway.pgwire;

import io.omendb.jobs.OmenException;
import java.util.Map;

/**
 * How one connection proves who it is: a step of the connection's state machine between the
 * start-up message and the session. One object per connection, confined to its thread.
 *
 * <pre>
 *   client: StartupMessage       start(…)            ──▶ Accepted: AuthenticationOk, the session opens
 *                                                    ──▶ Challenge: AuthenticationXXX is sent
 *   client: password or SASL     continueWith(data)  ──▶ Accepted | Challenge | Rejected: the end
 * </pre>
 */
interface Authentication {

  Step start(Map<String, String> startupParameters);

  Step continueWith(byte[] response);

  /** Makes one for each connection; thread-safe. */
  interface Method {
    Authentication begin();
  }

  /** What to do next. */
  sealed interface Step {}

  record Accepted() implements Step {}

  /** An AuthenticationRequest of that code (3 cleartext, 10 SASL, 11 continue, 12 final). */
  record Challenge(int code, byte[] data) implements Step {}

  record Rejected(OmenException reason) implements Step {}

  /** Believes everyone, so the endpoint listens on loopback unless told otherwise. */
  Method TRUST =
      () ->
          new Authentication() {
            @Override
            public Step start(Map<String, String> startupParameters) {
              return new Accepted();
            }

            @Override
            public Step continueWith(byte[] response) {
              throw new IllegalStateException("trust asks nothing");
            }
          };
}
