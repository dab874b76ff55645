import Files
import FlowCore

/// The pipeline's `nextflow_schema.json`: its parameters with types, bounds and help, for launchers and forms.
///
/// Form: JSON Schema 2020-12 as nf-schema reads it (https://nextflow-io.github.io/nf-schema/latest/nextflow_schema/).
struct NextflowSchema {
  let wiring: NextflowWiring

  var text: String {
    var properties: [String: JSON] = [:]
    for input in wiring.plan.workflow.inputs {
      guard let name = wiring.inputNames[input.name] else { continue }
      properties[name] = [
        "type": "string", "format": "path", "description": .string("Input '\(input.name)'."),
      ]
    }
    for parameter in wiring.plan.workflow.parameters {
      guard let name = wiring.parameterNames[parameter.name] else { continue }
      properties[name] = property(parameter)
    }
    let schema: JSON = [
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "title": .string("\(wiring.plan.workflow.name) parameters"),
      "description": .string(wiring.plan.workflow.description), "type": "object",
      "properties": .object(properties),
    ]
    return schema.prettyText
  }

  private func property(_ parameter: Manifest.Parameter) -> JSON {
    var property: [String: JSON] = ["description": .string(help(parameter))]
    switch parameter.type {
    case .boolean: property["type"] = "boolean"
    case .integer: property["type"] = "integer"
    case .number: property["type"] = "number"
    case .string, .list: property["type"] = "string"
    }
    let value = wiring.plan.parameters[parameter.name]
    if case .list = parameter.type {
      if let value { property["default"] = .string(value.text) }
      return .object(property)
    }
    property["default"] = value
    if let minimum = parameter.minimum { property["minimum"] = bound(minimum) }
    if let maximum = parameter.maximum { property["maximum"] = bound(maximum) }
    if !parameter.choices.isEmpty { property["enum"] = .array(parameter.choices) }
    return .object(property)
  }

  private func help(_ parameter: Manifest.Parameter) -> String {
    // A workflow of one's own need not say what its parameters are; a form has to show something.
    let help = parameter.help.isEmpty ? "Parameter '\(parameter.name)'." : parameter.help
    guard let unit = parameter.unit else { return help }
    return "\(help) Unit: \(unit)."
  }

  private func bound(_ number: Double) -> JSON {
    Int(exactly: number).map { .integer($0) } ?? .number(number)
  }
}
