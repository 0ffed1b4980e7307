package io.omendb.gateway.sql.functions;

import java.util.Iterator;
import org.apache.calcite.sql.SqlFunction;
import org.apache.calcite.sql.SqlFunctionCategory;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.jspecify.annotations.Nullable;

/** A set-returning function of one column: the call of a {@code LogicalTableFunctionScan}. */
public final class PgTableFunction extends SqlFunction {

  /** Makes the rows; a NULL argument of a strict function makes none. */
  public interface Rows {
    Iterator<@Nullable Object> rows(EvalContext context, @Nullable Object[] arguments);
  }

  private final String signature;
  private final Rows rows;

  public PgTableFunction(String name, String signature, Rows rows) {
    super(
        name,
        new SqlIdentifier(name, SqlParserPos.ZERO),
        SqlKind.OTHER_FUNCTION,
        binding -> {
          throw new IllegalStateException("calls are made with their type");
        },
        null,
        null,
        SqlFunctionCategory.USER_DEFINED_TABLE_FUNCTION);
    this.signature = signature;
    this.rows = rows;
  }

  public String signature() {
    return signature;
  }

  /** The values of the one column. */
  public Iterator<@Nullable Object> rows(EvalContext context, @Nullable Object[] arguments) {
    return rows.rows(context, arguments);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PgTableFunction function && signature.equals(function.signature);
  }

  @Override
  public int hashCode() {
    return signature.hashCode();
  }
}
