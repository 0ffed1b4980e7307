<#-- PostgreSQL's additions to Calcite's expression grammar, infix and prefix. Operators are told apart by name in the
     binder; precedences are PostgreSQL's (documentation, 4.1.6) on Calcite's scale. -->

/** One word of a type name, quoted words in quotes. */
void PgTypeWord(StringBuilder name) :
{
}
{
    <IDENTIFIER> { name.append(token.image); }
|
    <QUOTED_IDENTIFIER> { name.append(token.image); }
}

/**
 * A type name as PostgreSQL writes it, kept as text: "pg_catalog.int4", "numeric(12,2)",
 * "timestamp(3) with time zone", "text[]".
 */
SqlTypeNameSpec PgTypeName() :
{
    final StringBuilder name = new StringBuilder();
    final Span s = Span.of();
}
{
    PgTypeWord(name) { s.add(this); }
    ( LOOKAHEAD(2) <DOT> { name.append('.'); } PgTypeWord(name) { s.add(this); } )*
    [
        LOOKAHEAD({ getToken(1).kind == IDENTIFIER
            && (name.toString().equals("double") && getToken(1).image.equals("precision")
                || (name.toString().equals("character") || name.toString().equals("char")
                    || name.toString().equals("bit"))
                  && getToken(1).image.equals("varying")) })
        <IDENTIFIER> { name.append(' ').append(token.image); s.add(this); }
    ]
    [
        LOOKAHEAD(2)
        <LPAREN> <UNSIGNED_INTEGER_LITERAL> { name.append('(').append(token.image); }
        [ <COMMA> <UNSIGNED_INTEGER_LITERAL> { name.append(',').append(token.image); } ]
        <RPAREN> { name.append(')'); s.add(this); }
    ]
    [
        LOOKAHEAD({ (getToken(1).kind == WITH || getToken(1).image.equals("without"))
            && getToken(2).image.equals("time") && getToken(3).image.equals("zone") })
        ( <WITH> { name.append(" with"); } | <IDENTIFIER> { name.append(" without"); } )
        <IDENTIFIER> <IDENTIFIER> { name.append(" time zone"); s.add(this); }
    ]
    (
        LOOKAHEAD(2)
        <LBRACKET> [ <UNSIGNED_INTEGER_LITERAL> ] <RBRACKET> { name.append("[]"); s.add(this); }
    )*
    {
        return new SqlUserDefinedTypeNameSpec(
            new SqlIdentifier(name.toString(), s.pos()), s.pos());
    }
}

/** {@code type 'text'}: the type's name is one token, see PgLexer. */
SqlNode PgTypedLiteral() :
{
    final SqlDataTypeSpec type;
    final SqlNode text;
    final Span s;
}
{
    <PG_TYPE_LITERAL> {
        s = span();
        type = new SqlDataTypeSpec(
            new SqlUserDefinedTypeNameSpec(new SqlIdentifier(token.image, getPos()), getPos()),
            getPos());
    }
    <QUOTED_STRING> {
        text = SqlLiteral.createCharString(SqlParserUtil.parseString(token.image), getPos());
        return SqlStdOperatorTable.CAST.createCall(s.end(this), text, type);
    }
}

/** Infix and postfix operators that only PostgreSQL has. */
void PgInfix(List<Object> list, ExprContext exprContext, Span s) :
{
    final SqlDataTypeSpec type;
    final SqlIdentifier collation;
    final SqlParserPos pos;
    final SqlOperator op;
}
{
    <PG_CAST> { checkNonQueryExpression(exprContext); pos = getPos(); }
    type = DataType() {
        list.add(new SqlParserUtil.ToTreeListItem(
            new SqlBinaryOperator("::", SqlKind.CAST, 94, true, null, null, null), pos));
        list.add(type);
    }
|
    <PG_COLLATE> { checkNonQueryExpression(exprContext); pos = getPos(); }
    collation = CompoundIdentifier() {
        list.add(new SqlParserUtil.ToTreeListItem(
            new SqlBinaryOperator("COLLATE", SqlKind.OTHER, 78, true, null, null, null), pos));
        list.add(collation);
    }
|
    <PG_AT_TIME_ZONE> {
        checkNonQueryExpression(exprContext);
        list.add(new SqlParserUtil.ToTreeListItem(
            new SqlBinaryOperator("AT TIME ZONE", SqlKind.OTHER, 76, true, null, null, null),
            getPos()));
    }
    AddExpression2b(list, ExprContext.ACCEPT_SUB_QUERY)
|
    <PG_POWER> {
        checkNonQueryExpression(exprContext);
        list.add(new SqlParserUtil.ToTreeListItem(
            new SqlBinaryOperator("^", SqlKind.OTHER, 70, true, null, null, null), getPos()));
    }
    AddExpression2b(list, ExprContext.ACCEPT_SUB_QUERY)
|
    <PG_OPERATOR> {
        checkNonQueryExpression(exprContext);
        list.add(new SqlParserUtil.ToTreeListItem(
            new SqlBinaryOperator(token.image, SqlKind.OTHER, 36, true, null, null, null),
            getPos()));
    }
    AddExpression2b(list, ExprContext.ACCEPT_SUB_QUERY)
}
