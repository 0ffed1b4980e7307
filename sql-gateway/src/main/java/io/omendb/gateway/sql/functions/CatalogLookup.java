package io.omendb.gateway.sql.functions;

import org.jspecify.annotations.Nullable;

/** What functions on catalogs look up; null where there is no such object. */
public interface CatalogLookup {

  /** The oid of a relation (table, index or system table), the name being folded already. */
  @Nullable Long relationOid(@Nullable String namespace, String name);

  /** A relation's name, qualified where the search path does not find it. */
  @Nullable String relationName(long oid);

  /** pg_get_indexdef's text; {@code column} 0 is the whole definition. */
  @Nullable String indexDefinition(long oid, int column);

  /** pg_get_constraintdef's text. */
  @Nullable String constraintDefinition(long oid);

  /** A namespace's oid. */
  @Nullable Long namespaceOid(String name);

  /** A lookup that knows nothing. */
  CatalogLookup NONE =
      new CatalogLookup() {
        @Override
        public @Nullable Long relationOid(@Nullable String namespace, String name) {
          return null;
        }

        @Override
        public @Nullable String relationName(long oid) {
          return null;
        }

        @Override
        public @Nullable String indexDefinition(long oid, int column) {
          return null;
        }

        @Override
        public @Nullable String constraintDefinition(long oid) {
          return null;
        }

        @Override
        public @Nullable Long namespaceOid(String name) {
          return null;
        }
      };
}
