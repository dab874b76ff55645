import Files
import FlowCore

/// The test of a Galaxy tool that can be written from a manifest alone.
///
/// A tool without required inputs is run with its defaults. The others are given a file that is none of theirs, and must
/// refuse it.
struct GalaxyTest {
  let inputs: [(declared: Manifest.Input, variable: String)]
  let parameters: [(declared: Manifest.Parameter, variable: String)]
  let outputs: [(declared: Manifest.Output, variable: String)]

  var xml: String {
    let required = inputs.filter { !$0.declared.isOptional }
    var lines = required.map { input, variable in
      let type = GalaxyDatatype.accepted(input).prefix { $0 != "," }
      return
        "<param name=\"\(variable)\" value=\"\(GalaxyExport.invalidFile)\" ftype=\"\(type)\"/>"
    }
    for (parameter, variable) in parameters where parameter.isRequired {
      lines.append("<param name=\"\(variable)\" value=\"\(XML.escape(value(of: parameter)))\"/>")
    }
    let attribute: String
    if required.isEmpty {
      attribute = "expect_num_outputs=\"\(outputs.count)\""
      for (output, variable) in outputs where !output.isOptional {
        lines.append("<output name=\"\(variable)\">")
        lines.append("    <assert_contents><has_size min=\"1\"/></assert_contents>")
        lines.append("</output>")
      }
    } else {
      attribute = "expect_failure=\"true\""
      // "error: …" of flow, "Error …" of tar.
      lines.append("<assert_stderr><has_text_matching expression=\"[Ee]rror\"/></assert_stderr>")
    }
    return "        <test \(attribute)>\n"
      + lines.map { "            \($0)\n" }.joined() + "        </test>\n"
  }

  /// Some value of the parameter's type and within its bounds.
  private func value(of parameter: Manifest.Parameter) -> String {
    if let choice = parameter.choices.first { return plain(choice) }
    switch parameter.type {
    case .boolean: return "true"
    case .integer, .number: return plain(parameter.minimum ?? parameter.maximum ?? 1)
    case .string, .list: return "x"
    }
  }
}
