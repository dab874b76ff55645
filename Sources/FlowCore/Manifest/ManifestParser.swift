import Files

/// Reads a manifest and finds every mistake in it.
enum ManifestParser {
  /// The version of the manifest's format that this engine reads.
  static let format = 1

  /// - Throws: `Diagnostics`; `FileError` where the file cannot be read.
  static func parse(file: String) throws -> Manifest {
    let root: YAMLNode
    do {
      root = try YAMLParser.parse(file: file)
    } catch let problem as Diagnostic {
      throw Diagnostics([problem])
    }
    var reader = NodeReader(root, file: file, subject: "the manifest")
    let declared = reader.integer("flow-plugin")
    if declared != format {
      reader.report(
        "the manifest's format is \(declared.map(String.init) ?? "not given"); this flow reads \(format)",
        fix: "write 'flow-plugin: \(format)' at its top")
    }
    let id = reader.requiredString("id")
    if !id.isEmpty && !isIdentifier(id) {
      reader.report("the id '\(id)' must be lower-case letters, digits and '-', from a letter on")
    }
    let library = reader.requiredString("library")
    if library.contains("/") {
      reader.report(
        "'library' must be a bare file name, not '\(library)'",
        fix: "put the library beside the manifest or into a directory of FLOW_PLUGIN_PATH")
    }
    var manifest = Manifest(
      id: id, version: reader.requiredString("version"), abi: reader.integer("abi") ?? 0,
      library: library, summary: reader.requiredString("summary"), environment: [],
      operations: [], path: file)
    if reader.field("abi") == nil { reader.report("the manifest has no 'abi'") }
    for node in reader.list("environment") {
      manifest.environment.append(environmentRule(node, file: file, &reader))
    }
    for entry in reader.mapping("operations") {
      manifest.operations.append(operation(entry, file: file, &reader))
    }
    if manifest.operations.isEmpty { reader.report("the manifest has no operations") }
    let problems = reader.finish()
    if !problems.isEmpty { throw Diagnostics(problems) }
    return manifest
  }

  /// `[a-z][a-z0-9-]*`
  static func isIdentifier(_ text: String) -> Bool {
    guard let first = text.utf8.first, (0x61...0x7A).contains(first) else { return false }
    return text.utf8.allSatisfy {
      (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D
    }
  }

  /// `[A-Za-z_][A-Za-z0-9_-]*`: the names of inputs, outputs and parameters.
  static func isName(_ text: String) -> Bool {
    guard let first = text.unicodeScalars.first, first.isASCII,
      first.properties.isAlphabetic || first == "_"
    else { return false }
    return text.unicodeScalars.allSatisfy {
      $0.isASCII
        && ($0.properties.isAlphabetic || $0 == "_" || $0 == "-" || ("0"..."9").contains($0))
    }
  }

  private static func environmentRule(
    _ node: YAMLNode, file: String, _ outer: inout NodeReader
  ) -> Manifest.EnvironmentRule {
    var reader = NodeReader(node, file: file, subject: "the environment rule")
    let cpu = reader.string("cpu")
    let level = cpu.flatMap(ProcessorLevel.init(rawValue:))
    if let cpu, level == nil {
      reader.report(
        "unknown processor level '\(cpu)'",
        fix: Suggestion.fix(for: cpu, among: ProcessorLevel.allCases.map(\.rawValue)))
    }
    let rule = Manifest.EnvironmentRule(
      variable: reader.requiredString("set"), value: reader.requiredString("to"), cpu: level)
    outer.take(reader.finish())
    return rule
  }

  private static func operation(
    _ entry: YAMLNode.Entry, file: String, _ outer: inout NodeReader
  ) -> Manifest.Operation {
    var reader = NodeReader(entry.value, file: file, subject: "operation '\(entry.key)'")
    if !isIdentifier(entry.key) {
      reader.report(
        "the operation's name '\(entry.key)' must be lower-case letters, digits and '-'",
        at: entry.keyMark)
    }
    var operation = Manifest.Operation(
      name: entry.key, summary: reader.requiredString("summary"),
      description: reader.string("description") ?? "",
      inputs: reader.mapping("inputs").map { input($0, file: file, &outer) },
      outputs: reader.mapping("outputs").map { output($0, file: file, &outer) },
      parameters: reader.mapping("parameters").map { parameter($0, file: file, &outer) })
    operation.isDistributed = reader.boolean("distributed") ?? false
    operation.confinement = ConfinementParser.confinement(
      &reader, directory: Path.parent(file), mayBeOff: false)
    operation.secrets = SecretNames.names(&reader)
    checkNames(operation, &reader)
    outer.take(reader.finish())
    return operation
  }

  /// Outputs share the step's directory; inputs and parameters share a command line.
  private static func checkNames(_ operation: Manifest.Operation, _ reader: inout NodeReader) {
    var paths: [String: String] = [:]
    for output in operation.outputs {
      if let other = paths.updateValue(output.name, forKey: output.path) {
        reader.report("the outputs '\(other)' and '\(output.name)' have one path, '\(output.path)'")
      }
    }
    let inputs = Set(operation.inputs.map(\.name))
    for parameter in operation.parameters where inputs.contains(parameter.name) {
      reader.report("'\(parameter.name)' is both an input and a parameter", fix: "rename one")
    }
    var known = inputs.union(operation.parameters.map(\.name))
    for synonym in operation.inputs.flatMap(\.synonyms)
    where !known.insert(synonym).inserted {
      reader.report("the synonym '\(synonym)' is another option's name", fix: "rename one")
    }
  }

  private static func fileType(_ reader: inout NodeReader) -> Manifest.FileType {
    let text = reader.requiredString("type")
    if let type = Manifest.FileType(rawValue: text) { return type }
    if !text.isEmpty { reader.report("the type '\(text)' must be 'file' or 'directory'") }
    return .file
  }

  private static func checkName(_ entry: YAMLNode.Entry, _ reader: inout NodeReader) {
    if !isName(entry.key) {
      reader.report(
        "the name '\(entry.key)' must be letters, digits, '_' and '-'", at: entry.keyMark)
    }
  }

  private static func input(
    _ entry: YAMLNode.Entry, file: String, _ outer: inout NodeReader
  ) -> Manifest.Input {
    var reader = NodeReader(entry.value, file: file, subject: "input '\(entry.key)'")
    checkName(entry, &reader)
    var input = Manifest.Input(
      name: entry.key, type: fileType(&reader), format: reader.string("format"),
      isList: reader.boolean("list") ?? false, isOptional: reader.boolean("optional") ?? false,
      help: reader.requiredString("help"))
    for node in reader.list("synonyms") {
      if case .string(let name) = node.json, isName(name) {
        input.synonyms.append(name)
      } else {
        reader.report(
          "a synonym must be letters, digits, '_' and '-', not \(node.kind)", at: node.mark)
      }
    }
    outer.take(reader.finish())
    return input
  }

  private static func output(
    _ entry: YAMLNode.Entry, file: String, _ outer: inout NodeReader
  ) -> Manifest.Output {
    var reader = NodeReader(entry.value, file: file, subject: "output '\(entry.key)'")
    checkName(entry, &reader)
    let output = Manifest.Output(
      name: entry.key, type: fileType(&reader), format: reader.string("format"),
      path: reader.string("path") ?? entry.key, isOptional: reader.boolean("optional") ?? false,
      help: reader.requiredString("help"), shown: shown(&reader))
    if output.shown != nil && output.type == .directory {
      reader.report("'show' is for files; '\(entry.key)' is a directory")
    }
    if output.path.contains("/") || output.path.hasPrefix(".") {
      reader.report("the output's path '\(output.path)' must be a bare, visible file name")
    }
    outer.take(reader.finish())
    return output
  }

  private static func shown(_ reader: inout NodeReader) -> Manifest.Shown? {
    guard let text = reader.string("show") else { return nil }
    if let shown = Manifest.Shown(rawValue: text) { return shown }
    reader.report("'show' is '\(text)'; it must be 'text' or 'json'")
    return nil
  }

  private static func parameter(
    _ entry: YAMLNode.Entry, file: String, _ outer: inout NodeReader
  ) -> Manifest.Parameter {
    var reader = NodeReader(entry.value, file: file, subject: "parameter '\(entry.key)'")
    checkName(entry, &reader)
    let parameter = ParameterParser.parameter(named: entry.key, &reader)
    outer.take(reader.finish())
    return parameter
  }
}

/// Reads the declaration of a parameter; a manifest and a workflow declare theirs alike, but for the help, without which
/// others could not use a plugin.
enum ParameterParser {
  static func parameter(
    named name: String, needsHelp: Bool = true, _ reader: inout NodeReader
  ) -> Manifest.Parameter {
    let typeName = reader.requiredString("type")
    let element = reader.string("of")
    let type = ParameterType(name: typeName, element: element)
    if type == nil && !typeName.isEmpty {
      report(typeName, element: element, &reader)
    }
    if element != nil && typeName != "list" && type != nil {
      reader.report("'of' is for lists; '\(name)' is of type \(typeName)")
    }
    let choices = reader.list("choices")
    var parameter = Manifest.Parameter(
      name: name, type: type ?? ParameterType.meant(by: typeName), defaultValue: nil,
      isRequired: reader.boolean("required") ?? false, minimum: reader.number("min"),
      maximum: reader.number("max"), choices: [], unit: reader.string("unit"),
      help: needsHelp ? reader.requiredString("help") : reader.string("help") ?? "")
    let isOptional = reader.boolean("optional") ?? false
    let elementType: ParameterType =
      if case .list(let element) = parameter.type { element } else { parameter.type }
    checkBounds(parameter, elementType, &reader)
    if parameter.isRequired && (isOptional || reader.field("default") != nil) {
      reader.report(
        "parameter '\(name)' is required, and so has no default and is not optional",
        fix: "remove 'required: true', or the other")
    }
    for choice in choices where type != nil {
      if let value = elementType.canonical(choice.json(for: elementType)) {
        parameter.choices.append(value)
      } else {
        reader.report("the choice \(choice.kind) is no \(elementType)", at: choice.mark)
      }
    }
    if let entry = reader.field("default") {
      if let value = parameter.type.canonical(entry.value.json(for: parameter.type)) {
        parameter.defaultValue = value
        if let objection = parameter.objection(to: value), type != nil {
          reader.report("the default \(objection)", at: entry.value.mark)
        }
      } else if type != nil {
        reader.report(
          "the default \(entry.value.kind) is no \(parameter.type)", at: entry.value.mark)
      }
    } else if !parameter.isRequired && !isOptional {
      reader.report(
        "parameter '\(name)' has no default",
        fix: "add 'default:', 'required: true' or 'optional: true'")
    }
    return parameter
  }

  /// A type that there is not, or a list of such.
  private static func report(
    _ typeName: String, element: String?, _ reader: inout NodeReader
  ) {
    if typeName != "list" {
      reader.report("unknown type '\(typeName)'", fix: ParameterType.fix(for: typeName))
    } else if let element {
      reader.report(
        "the elements of a list cannot be of type '\(element)'",
        fix: ParameterType.fix(for: element))
    } else {
      reader.report(
        "a list needs 'of:' and the type of its elements", fix: "write {type: list, of: string}")
    }
  }

  private static func checkBounds(
    _ parameter: Manifest.Parameter, _ type: ParameterType, _ reader: inout NodeReader
  ) {
    let (minimum, maximum) = (parameter.minimum, parameter.maximum)
    if minimum != nil || maximum != nil, type != .integer, type != .number {
      reader.report(
        "'min' and 'max' are for numbers; '\(parameter.name)' is of type \(parameter.type)")
    }
    if let minimum, let maximum, minimum > maximum {
      reader.report(
        "'min' (\(plain(minimum))) of '\(parameter.name)' is above 'max' (\(plain(maximum)))")
    }
  }
}
