package io.omendb.gateway.types;

/** {@code text}, and the types that only differ in name: unknown, pg_node_tree. */
final class TextType extends StringType {
  TextType(int oid, String name, int lengthBytes, char category) {
    super(oid, name, lengthBytes, name, category);
  }
}
