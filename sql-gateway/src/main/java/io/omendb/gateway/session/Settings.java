package io.omendb.gateway.session;

import io.omendb.gateway.session.Session.SettingListener;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One session's settings: SET lasts if its transaction commits, SET LOCAL until the transaction
 * ends. Confined to the session's thread.
 */
final class Settings {
  private static final int CUSTOM_MAX = 1000;

  private final Map<String, String> defaults = new HashMap<>();
  private Map<String, String> session = new HashMap<>();
  private final Map<String, String> local = new HashMap<>();
  private @Nullable Map<String, String> beforeTransaction;
  private @Nullable SettingListener listener;

  /** Values from the start-up message become the session's defaults. */
  void setDefault(String name, String value) {
    Setting setting = known(name);
    if (setting.check() == null || setting.isOfTransaction()) {
      throw cannotChange(setting);
    }
    defaults.put(key(name), checked(setting, value));
  }

  /** A default that no client may choose. */
  void forceDefault(String name, String value) {
    defaults.put(key(name), value);
  }

  /** The values as they are now, without a listener; not changed by anybody afterwards. */
  Settings copy() {
    Settings copy = new Settings();
    copy.defaults.putAll(defaults);
    copy.session.putAll(session);
    copy.local.putAll(local);
    return copy;
  }

  private static OmenException cannotChange(Setting setting) {
    return new OmenException(
        ErrorCode.CANT_CHANGE_RUNTIME_PARAM,
        "parameter \"%s\" cannot be changed".formatted(setting.name()));
  }

  private String checked(Setting setting, String value) {
    if (setting.name().equals("session_authorization") || setting.name().equals("role")) {
      // The user is no constant: who connected is the one who may be named.
      String user = get("session_authorization");
      String given = value.strip();
      if (given.equals(user)) {
        return setting.name().equals("role") ? "none" : user;
      }
      if (!setting.name().equals("role") || !given.equalsIgnoreCase("none")) {
        throw new OmenException(
            ErrorCode.INVALID_PARAMETER_VALUE, "role \"%s\" does not exist".formatted(given));
      }
      return "none";
    }
    UnaryOperator<String> check = setting.check();
    if (check == null) {
      throw cannotChange(setting);
    }
    return check.apply(value);
  }

  void listen(SettingListener to) {
    listener = to;
  }

  String get(String name) {
    String value = find(name);
    if (value == null) {
      throw unknown(name);
    }
    return value;
  }

  @Nullable String find(String name) {
    String key = key(name);
    String value = local.get(key);
    value = value == null ? session.get(key) : value;
    if (value == null && isOfTransaction(key)) {
      return find("default_" + key);
    }
    value = value == null ? defaults.get(key) : value;
    if (value == null) {
      Setting setting = Setting.find(key);
      value = setting == null ? null : setting.standard();
    }
    return value;
  }

  /** The value of a duration. */
  long millis(String name) {
    String value = get(name);
    return value.equals("0") ? 0 : SettingValues.millis(name, value);
  }

  /** SET; null is the default. */
  void set(String name, @Nullable String value, boolean onlyThisTransaction) {
    String key = key(name);
    Setting setting = known(name);
    if (setting.check() == null) {
      throw cannotChange(setting);
    }
    String before = find(name);
    String checked = value == null ? null : checked(setting, value);
    if (setting.isOfTransaction() && checked == null) {
      local.remove(key);
    } else if (onlyThisTransaction || setting.isOfTransaction()) {
      local.put(key, checked == null ? defaults.getOrDefault(key, setting.standard()) : checked);
    } else {
      local.remove(key);
      if (checked == null) {
        session.remove(key);
      } else {
        if (session.size() >= CUSTOM_MAX && !session.containsKey(key)) {
          throw new OmenException(
              ErrorCode.CONFIGURATION_LIMIT_EXCEEDED,
              "a session may have %d settings at most".formatted(CUSTOM_MAX));
        }
        session.put(key, checked);
      }
    }
    report(setting, before);
  }

  /** RESET ALL, which leaves what the running transaction is. */
  void resetAll() {
    Map<String, String> ofTransaction = new HashMap<>(local);
    ofTransaction.keySet().removeIf(key -> !isOfTransaction(key));
    replace(new HashMap<>(), ofTransaction);
  }

  private static boolean isOfTransaction(String key) {
    return key.startsWith("transaction_") && Setting.find(key) != null;
  }

  void beginTransaction() {
    if (beforeTransaction == null) {
      beforeTransaction = new HashMap<>(session);
    }
  }

  void endTransaction(boolean committed) {
    Map<String, String> after =
        committed || beforeTransaction == null ? session : beforeTransaction;
    beforeTransaction = null;
    if (after != session || !local.isEmpty()) {
      replace(after, Map.of());
    }
  }

  private void replace(Map<String, String> values, Map<String, String> localValues) {
    Map<String, String> before = new HashMap<>();
    for (Setting setting : Setting.all()) {
      if (setting.reported()) {
        before.put(setting.name(), get(setting.name()));
      }
    }
    session = values;
    local.clear();
    local.putAll(localValues);
    before.forEach((name, value) -> report(known(name), value));
  }

  private void report(Setting setting, @Nullable String before) {
    if (listener != null && setting.reported()) {
      String now = get(setting.name());
      if (!now.equals(before)) {
        listener.settingChanged(setting.name(), now);
      }
    }
  }

  /** All settings by name, for SHOW ALL and pg_settings. */
  Map<String, String> all() {
    Map<String, String> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    Setting.all().forEach(setting -> all.put(setting.name(), get(setting.name())));
    session.forEach(all::putIfAbsent);
    return all;
  }

  private static Setting known(String name) {
    Setting setting = Setting.find(name);
    if (setting != null) {
      return setting;
    }
    if (name.contains(".") && !key(name).startsWith("omendb.")) {
      // A custom setting of an extension: any value.
      return new Setting(name, "", false, Setting.Kind.APPLIED, value -> value, "Custom setting.");
    }
    throw unknown(name);
  }

  private static OmenException unknown(String name) {
    return new OmenException(
        ErrorCode.UNDEFINED_OBJECT, "unrecognized configuration parameter \"%s\"".formatted(name));
  }

  private static String key(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.equals("time zone") ? "timezone" : lower;
  }
}
