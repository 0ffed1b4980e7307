package io.omendb.gateway.session;

/** What a client is told beside a result. */
public record Notice(Level level, String sqlState, String text) {

  /** How much it matters, as {@code client_min_messages} has it. */
  public enum Level {
    NOTICE,
    WARNING
  }

  public static Notice notice(String text) {
    return new Notice(Level.NOTICE, "00000", text);
  }

  /** {@code sqlState} is of the error that it would be if it were one. */
  public static Notice warning(String sqlState, String text) {
    return new Notice(Level.WARNING, sqlState, text);
  }
}
