package io.omendb.gateway.sql.statement;

import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** The system tables that queries can name; immutable. */
public interface SystemTables {

  Optional<SystemTable> table(String namespace, String name);

  Collection<SystemTable> tables();

  /** None at all. */
  SystemTables NONE =
      new SystemTables() {
        @Override
        public Optional<SystemTable> table(String namespace, String name) {
          return Optional.empty();
        }

        @Override
        public Collection<SystemTable> tables() {
          return List.of();
        }
      };
}
