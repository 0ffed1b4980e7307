package io.omendb.gateway.sql.functions;

import org.jspecify.annotations.Nullable;

/** What functions on catalogs look up; null where there is no such object. */
public interface CatalogLookup {

  /** The oid of a relation (table, index or system table), the name being folded already. */
  @Nullable Integer relationOid(@Nullable String namespace, String name);

  /** A relation's name, qualified where the search path does not find it. */
  @Nullable String relationName(int oid);

  /** pg_get_indexdef's text; {@code column} 0 is the whole definition. */
  @Nullable String indexDefinition(int oid, int column);

  /** pg_get_constraintdef's text. */
  @Nullable String constraintDefinition(int oid);

  /** A namespace's oid. */
  @Nullable Integer namespaceOid(String name);

  /** A lookup that knows nothing. */
  CatalogLookup NONE =
      new CatalogLookup() {
        @Override
        public @Nullable Integer relationOid(@Nullable String namespace, String name) {
          return null;
        }

        @Override
        public @Nullable String relationName(int oid) {
          return null;
        }

        @Override
        public @Nullable String indexDefinition(int oid, int column) {
          return null;
        }

        @Override
        public @Nullable String constraintDefinition(int oid) {
          return null;
        }

        @Override
        public @Nullable Integer namespaceOid(String name) {
          return null;
        }
      };
}
