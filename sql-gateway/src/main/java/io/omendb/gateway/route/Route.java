package io.omendb.gateway.route;

/** Where a statement runs, and why, as a sentence for EXPLAIN. */
public record Route(Engine engine, String reason) {

  /** The engines. */
  public enum Engine {
    /** The gateway's own executor over table state. */
    STATE,
    /** A Flink batch job over lake snapshot and hot delta. */
    FLINK
  }
}
