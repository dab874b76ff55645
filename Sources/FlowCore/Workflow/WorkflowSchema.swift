import Files

/// The JSON Schema of workflow files, for editors: made from the same forms that the parser reads by.
///
/// It knows fields and kinds of values; that references name something, and that values fit the plugins, only
/// `flow check` knows.
public enum WorkflowSchema {
  /// JSON Schema, draft 2020-12 (https://json-schema.org/draft/2020-12/schema).
  public static var json: JSON {
    var schema = WorkflowForms.workflow.schema.object ?? [:]
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "A workflow of flow"
    schema["$defs"] = .object(definitions)
    return .object(schema)
  }

  private static let text: JSON = ["type": "string"]
  private static let reference: JSON = ["type": "string", "pattern": "^\\$"]

  private static var definitions: [String: JSON] {
    var definitions: [String: JSON] = [:]
    for form in [
      WorkflowForms.parameter, WorkflowForms.policy, WorkflowForms.profile, WorkflowForms.output,
      WorkflowForms.resources, WorkflowForms.amount, WorkflowForms.retries, WorkflowForms.slurm,
      WorkflowForms.sandbox,
    ] {
      definitions[form.name] = form.schema
    }
    definitions["step"] = adding(
      ["oneOf": [["required": ["use"]], ["required": ["shell"]]]], to: WorkflowForms.step.schema)
    definitions["input"] = either([text, WorkflowForms.input.schema])
    definitions["axis"] = either([
      ["type": "array"], reference,
      adding(["minProperties": 1, "maxProperties": 1], to: WorkflowForms.axis.schema),
    ])
    definitions["sources"] = either([
      text, ["type": "array", "items": text], WorkflowForms.stepInput.schema,
    ])
    let single: [JSON] = [
      reference,
      [
        "type": "object", "minProperties": 1, "additionalProperties": false,
        "patternProperties": ["^\\$": ["not": ["type": "object"]]],
      ],
    ]
    definitions["when"] = either(single + [["type": "array", "items": either(single)]])
    return definitions
  }

  private static func either(_ schemas: [JSON]) -> JSON { ["anyOf": .array(schemas)] }

  private static func adding(_ more: [String: JSON], to schema: JSON) -> JSON {
    .object((schema.object ?? [:]).merging(more) { _, new in new })
  }
}
