package io.omendb.gateway.session;

import io.omendb.gateway.oltp.CancelToken;
import io.omendb.gateway.oltp.ExecutionContext;
import io.omendb.gateway.oltp.QueryPlan;
import io.omendb.gateway.oltp.RowSource;
import io.omendb.gateway.oltp.RowWriter;
import io.omendb.gateway.session.Portal.Completion;
import io.omendb.gateway.sql.statement.PlannedStatement;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.serve.KeyRange;
import io.omendb.jobs.serve.RowCursor;
import io.omendb.jobs.serve.Transaction;
import io.omendb.jobs.table.TableSchema;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;

/** Statements that define tables. They are part of their transaction like any other. */
final class Definitions {
  private final OmenSession session;
  private final CancelToken cancel;

  Definitions(OmenSession session, CancelToken cancel) {
    this.session = session;
    this.cancel = cancel;
  }

  Completion run(PlannedStatement plan, List<@Nullable Object> parameters) {
    session.block().requireWritable("data definition");
    if (plan instanceof PlannedStatement.CreateTable create) {
      boolean made = create(create.definition(), create.ifNotExists()) != null;
      return new Completion("CREATE TABLE", made ? List.of() : skipped(create.definition()));
    }
    if (plan instanceof PlannedStatement.CreateTableAs create) {
      return createAs(create, parameters);
    }
    if (plan instanceof PlannedStatement.DropTable drop) {
      return drop(drop);
    }
    if (plan instanceof PlannedStatement.Truncate truncate) {
      for (TableSchema table : truncate.tables()) {
        transaction().truncateTable(table);
        session.block().definitionMade();
      }
      return Completion.of("TRUNCATE TABLE");
    }
    if (plan instanceof PlannedStatement.AddPrimaryKey add) {
      return addPrimaryKey(add);
    }
    throw new OmenException(
        ErrorCode.FEATURE_NOT_SUPPORTED,
        "%s is not supported yet".formatted(plan.getClass().getSimpleName()));
  }

  private Transaction transaction() {
    return session.block().current();
  }

  private static List<Notice> skipped(TableSchema table) {
    return List.of(
        new Notice(
            Notice.Level.NOTICE,
            ErrorCode.DUPLICATE_TABLE.sqlState(),
            "relation \"%s\" already exists, skipping".formatted(table.name())));
  }

  /** Null where the table exists already and that is no error. */
  private @Nullable TableSchema create(TableSchema definition, boolean ifNotExists) {
    Transaction transaction = transaction();
    boolean exists =
        transaction.catalog().table(definition.namespace(), definition.name()).isPresent();
    if (exists && ifNotExists) {
      return null;
    }
    if (exists) {
      throw new OmenException(
          ErrorCode.DUPLICATE_TABLE, "relation \"%s\" already exists".formatted(definition.name()));
    }
    TableSchema created = transaction.createTable(definition);
    session.block().definitionMade();
    session.services().router().sizes().created(created.tableId());
    return created;
  }

  private Completion createAs(
      PlannedStatement.CreateTableAs create, List<@Nullable Object> parameters) {
    TableSchema table = create(create.definition(), create.ifNotExists());
    if (table == null) {
      return new Completion("CREATE TABLE AS", skipped(create.definition()));
    }
    RowWriter writer = new RowWriter(table);
    ExecutionContext context = session.execution(transaction(), parameters, cancel);
    long count = 0;
    try (RowSource rows = QueryPlan.of(create.source()).open(context)) {
      for (@Nullable Object[] row = rows.next(); row != null; row = rows.next()) {
        cancel.check();
        transaction().insert(table, writer.row(row));
        count++;
      }
    }
    return Completion.of("SELECT " + count);
  }

  private Completion drop(PlannedStatement.DropTable drop) {
    List<Notice> notices = new ArrayList<>();
    drop.missing()
        .forEach(
            name ->
                notices.add(
                    Notice.notice("table \"%s\" does not exist, skipping".formatted(name))));
    for (TableSchema table : drop.tables()) {
      transaction().dropTable(table);
      session.block().definitionMade();
    }
    return new Completion("DROP TABLE", notices);
  }

  /** The rows are keyed anew: the table is made again with its key, under the same name. */
  private Completion addPrimaryKey(PlannedStatement.AddPrimaryKey add) {
    Transaction transaction = transaction();
    try (RowCursor rows = transaction.scan(add.table(), KeyRange.ALL)) {
      transaction.dropTable(add.table());
      TableSchema table = transaction.createTable(add.definition());
      session.block().definitionMade();
      while (rows.next()) {
        cancel.check();
        RowData row = rows.current().row();
        requireKey(table, row);
        transaction.insert(table, row);
      }
    }
    return Completion.of("ALTER TABLE");
  }

  private static void requireKey(TableSchema table, RowData row) {
    for (int column : table.primaryKey()) {
      if (row.isNullAt(column)) {
        throw new OmenException(
            ErrorCode.NOT_NULL_VIOLATION,
            "column \"%s\" of relation \"%s\" contains null values"
                .formatted(table.columns().get(column).name(), table.name()));
      }
    }
  }
}
