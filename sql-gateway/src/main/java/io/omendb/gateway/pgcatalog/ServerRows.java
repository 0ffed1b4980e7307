package io.omendb.gateway.pgcatalog;

import io.omendb.gateway.oltp.ExecutionContext;
import io.omendb.gateway.pgcatalog.PgCatalog.Filler;
import io.omendb.gateway.types.ArrayType;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import java.util.List;
import java.util.Map;

/** The system tables that describe the server: schemas, types, roles, settings. */
final class ServerRows {
  private ServerRows() {}

  static void register(Map<String, Filler> fillers, List<SettingInfo> settings) {
    fillers.put("pg_catalog.pg_namespace", ServerRows::namespaces);
    fillers.put("pg_catalog.pg_type", ServerRows::types);
    fillers.put("pg_catalog.pg_database", ServerRows::databases);
    fillers.put("pg_catalog.pg_am", ServerRows::accessMethods);
    fillers.put("pg_catalog.pg_tablespace", ServerRows::tablespaces);
    fillers.put("pg_catalog.pg_collation", ServerRows::collations);
    fillers.put("pg_catalog.pg_language", ServerRows::languages);
    fillers.put("pg_catalog.pg_settings", (rows, context) -> settings(rows, context, settings));
    fillers.put("pg_catalog.pg_roles", (rows, context) -> role(rows.add(), context));
    fillers.put("pg_catalog.pg_authid", (rows, context) -> role(rows.add(), context));
    fillers.put("pg_catalog.pg_user", (rows, context) -> user(rows.add(), context));
    fillers.put("pg_catalog.pg_shadow", (rows, context) -> user(rows.add(), context));
    fillers.put("pg_catalog.pg_stat_activity", ServerRows::activity);
  }

  private static void namespaces(Rows rows, ExecutionContext context) {
    for (String name : List.of("pg_catalog", "public", "information_schema", "omendb")) {
      rows.add()
          .set("oid", SystemOids.namespace(name))
          .set("nspname", name)
          .set("nspowner", SystemOids.OWNER);
    }
  }

  private static void types(Rows rows, ExecutionContext context) {
    for (PgType type : PgTypes.all()) {
      PgType array = PgTypes.arrayOf(type);
      boolean isArray = type instanceof ArrayType;
      rows.add()
          .set("oid", type.oid())
          .set("typname", type.name())
          .set("typnamespace", SystemOids.PG_CATALOG)
          .set("typowner", SystemOids.OWNER)
          .set("typlen", type.lengthBytes())
          .set("typbyval", type.lengthBytes() > 0 && type.lengthBytes() <= 8)
          .set("typtype", isPseudo(type) ? "p" : "b")
          .set("typcategory", String.valueOf(type.category()))
          .set("typispreferred", false)
          .set("typisdefined", true)
          .set("typdelim", ",")
          .set("typrelid", 0)
          .set("typelem", isArray ? ((ArrayType) type).element().oid() : 0)
          .set("typarray", array == null ? 0 : array.oid())
          .set("typinput", isTrueArray(type) ? ArrayType.INPUT_FUNCTION : 0)
          .set("typoutput", 0)
          .set("typreceive", 0)
          .set("typsend", 0)
          .set("typmodin", 0)
          .set("typmodout", 0)
          .set("typanalyze", 0)
          .set("typsubscript", 0)
          .set("typalign", "i")
          .set("typstorage", type.lengthBytes() < 0 ? "x" : "p")
          .set("typnotnull", false)
          .set("typbasetype", 0)
          .set("typtypmod", -1)
          .set("typndims", 0)
          .set("typcollation", type.category() == 'S' ? SystemOids.DEFAULT_COLLATION : 0);
    }
  }

  /** int2vector and oidvector have input functions of their own. */
  private static boolean isTrueArray(PgType type) {
    return type instanceof ArrayType && type != PgTypes.INT2VECTOR && type != PgTypes.OIDVECTOR;
  }

  private static boolean isPseudo(PgType type) {
    return type == PgTypes.VOID || type == PgTypes.UNKNOWN || type == PgTypes.RECORD;
  }

  private static void databases(Rows rows, ExecutionContext context) {
    rows.add()
        .set("oid", SystemOids.DATABASE)
        .set("datname", context.functions().database())
        .set("datdba", SystemOids.OWNER)
        .set("encoding", 6)
        .set("datlocprovider", "c")
        .set("datistemplate", false)
        .set("datallowconn", true)
        .set("datconnlimit", -1)
        .set("dattablespace", SystemOids.TABLESPACE)
        .set("datcollate", "C")
        .set("datctype", "C.UTF-8");
  }

  private static void accessMethods(Rows rows, ExecutionContext context) {
    rows.add()
        .set("oid", SystemOids.HEAP)
        .set("amname", "heap")
        .set("amhandler", 0)
        .set("amtype", "t");
    rows.add()
        .set("oid", SystemOids.BTREE)
        .set("amname", "btree")
        .set("amhandler", 0)
        .set("amtype", "i");
  }

  private static void tablespaces(Rows rows, ExecutionContext context) {
    rows.add()
        .set("oid", SystemOids.TABLESPACE)
        .set("spcname", "pg_default")
        .set("spcowner", SystemOids.OWNER);
  }

  private static void collations(Rows rows, ExecutionContext context) {
    rows.add()
        .set("oid", SystemOids.DEFAULT_COLLATION)
        .set("collname", "default")
        .set("collnamespace", SystemOids.PG_CATALOG)
        .set("collowner", SystemOids.OWNER)
        .set("collprovider", "d")
        .set("collisdeterministic", true)
        .set("collencoding", -1);
  }

  private static void languages(Rows rows, ExecutionContext context) {
    rows.add()
        .set("oid", 14)
        .set("lanname", "sql")
        .set("lanowner", SystemOids.OWNER)
        .set("lanispl", false)
        .set("lanpltrusted", true);
  }

  private static void settings(Rows rows, ExecutionContext context, List<SettingInfo> settings) {
    for (SettingInfo setting : settings) {
      rows.add()
          .set("name", setting.name())
          .set("setting", context.functions().setting(setting.name()))
          .set("category", "Settings")
          .set("short_desc", setting.description())
          .set("context", "user")
          .set("vartype", "string")
          .set("source", "default")
          .set("boot_val", setting.standard())
          .set("reset_val", setting.standard())
          .set("pending_restart", false);
    }
  }

  private static void role(Rows row, ExecutionContext context) {
    row.set("oid", SystemOids.OWNER)
        .set("rolname", context.functions().user())
        .set("rolsuper", true)
        .set("rolinherit", true)
        .set("rolcreaterole", true)
        .set("rolcreatedb", true)
        .set("rolcanlogin", true)
        .set("rolreplication", true)
        .set("rolconnlimit", -1)
        .set("rolbypassrls", true);
  }

  private static void user(Rows row, ExecutionContext context) {
    row.set("usename", context.functions().user())
        .set("usesysid", SystemOids.OWNER)
        .set("usecreatedb", true)
        .set("usesuper", true)
        .set("userepl", true)
        .set("usebypassrls", true);
  }

  private static void activity(Rows rows, ExecutionContext context) {
    rows.add()
        .set("datid", SystemOids.DATABASE)
        .set("datname", context.functions().database())
        .set("pid", context.functions().backendProcessId())
        .set("usesysid", SystemOids.OWNER)
        .set("usename", context.functions().user())
        .set("application_name", context.functions().setting("application_name"))
        .set("xact_start", context.functions().transactionMicros())
        .set("query_start", context.functions().statementMicros())
        .set("state", "active")
        .set("backend_type", "client backend");
  }
}
