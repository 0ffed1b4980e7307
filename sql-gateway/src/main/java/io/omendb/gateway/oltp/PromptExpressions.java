package io.omendb.gateway.oltp;

import io.omendb.gateway.sql.functions.PgFunction;
import java.util.List;
import java.util.Set;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexDynamicParam;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexLiteral;
import org.apache.calcite.rex.RexNode;

/**
 * Which expressions a network thread may evaluate: those whose time and result are of the size of
 * their arguments, which are small there. A list of what may, not of what may not: a function that
 * repeats, pads, searches patterns, raises to powers or asks the catalog can take as long as its
 * arguments say.
 */
final class PromptExpressions {
  private static final int LITERAL_CHARACTERS_MAX = 65_536;
  private static final int PRECISION_MAX = 65_536;

  private static final Set<String> FUNCTIONS =
      Set.of(
          "now",
          "transaction_timestamp",
          "statement_timestamp",
          "clock_timestamp",
          "current_timestamp",
          "localtimestamp",
          "current_date",
          "abs",
          "lower",
          "upper",
          "length",
          "char_length",
          "character_length",
          "octet_length",
          "substr",
          "substring",
          "left",
          "right",
          "btrim",
          "ltrim",
          "rtrim",
          "date_trunc",
          "textcat");

  private PromptExpressions() {}

  static boolean areAll(List<RexNode> nodes) {
    return nodes.stream().allMatch(PromptExpressions::is);
  }

  static boolean is(RexNode node) {
    if (node instanceof RexInputRef || node instanceof RexDynamicParam) {
      return true;
    }
    if (node instanceof RexLiteral literal) {
      return literal.toString().length() <= LITERAL_CHARACTERS_MAX;
    }
    return node instanceof RexCall call && isPrompt(call) && areAll(call.getOperands());
  }

  private static boolean isPrompt(RexCall call) {
    if (call.getOperator() instanceof PgFunction function) {
      return function.isTypeInput() || FUNCTIONS.contains(function.getName());
    }
    return switch (call.getKind()) {
      case PLUS,
          MINUS,
          TIMES,
          DIVIDE,
          MOD,
          MINUS_PREFIX,
          PLUS_PREFIX,
          EQUALS,
          NOT_EQUALS,
          LESS_THAN,
          LESS_THAN_OR_EQUAL,
          GREATER_THAN,
          GREATER_THAN_OR_EQUAL,
          IS_DISTINCT_FROM,
          IS_NOT_DISTINCT_FROM,
          AND,
          OR,
          NOT,
          IS_NULL,
          IS_NOT_NULL,
          IS_TRUE,
          IS_NOT_TRUE,
          IS_FALSE,
          IS_NOT_FALSE,
          IS_UNKNOWN,
          CASE,
          COALESCE,
          SEARCH ->
          true;
      case CAST -> call.getType().getPrecision() <= PRECISION_MAX;
      default -> false;
    };
  }
}
