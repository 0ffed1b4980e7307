package io.omendb.jobs.lake;

import java.io.Serializable;
import java.util.Map;

/** Whose lake it is, and the properties of its catalog, in Iceberg's own terms. */
public record LakeOptions(String databaseId, Map<String, String> catalog) implements Serializable {
  public LakeOptions {
    catalog = Map.copyOf(catalog);
  }
}
