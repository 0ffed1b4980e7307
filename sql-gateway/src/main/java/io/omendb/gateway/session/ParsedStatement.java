package io.omendb.gateway.session;

/** A statement that parsed; opaque outside the session that made it. */
public interface ParsedStatement {

  /** The statement's own text, without the terminating semicolon. */
  String sql();
}
