package io.omendb.gateway.pgcatalog;

/** What pg_settings tells of a setting beside its value. */
public record SettingInfo(String name, String standard, String description) {}
