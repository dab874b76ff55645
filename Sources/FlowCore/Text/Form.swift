import Files

/// The fields of one kind of mapping: what its parser accepts, and what a JSON Schema of it says.
struct Form: Sendable {
  struct Field: Sendable {
    let name: String
    let help: String
    /// What the schema says of its value.
    let schema: JSON
    var isRequired = false
  }

  let name: String
  let fields: [Field]

  func has(_ name: String) -> Bool { fields.contains { $0.name == name } }

  /// The JSON Schema of the mapping.
  var schema: JSON {
    var properties: [String: JSON] = [:]
    for field in fields {
      var schema = field.schema.object ?? [:]
      schema["description"] = .string(field.help)
      properties[field.name] = .object(schema)
    }
    var schema: [String: JSON] = [
      "type": "object", "properties": .object(properties), "additionalProperties": false,
    ]
    let required = fields.filter(\.isRequired).map { JSON.string($0.name) }
    if !required.isEmpty { schema["required"] = .array(required) }
    return .object(schema)
  }
}
