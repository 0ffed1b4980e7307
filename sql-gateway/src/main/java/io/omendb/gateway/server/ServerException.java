package io.omendb.gateway.server;

/** Why the server does not start, as a sentence for the person who started it. */
public final class ServerException extends Exception {
  private static final long serialVersionUID = 1L;

  public ServerException(String message) {
    super(message);
  }

  public ServerException(String message, Throwable cause) {
    super(message, cause);
  }
}
