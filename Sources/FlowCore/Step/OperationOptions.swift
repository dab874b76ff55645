import Files

/// The options of `flow PLUGIN OPERATION`, which its manifest declares: `--k 3` for `--param k=3`, `--sequence a.fa`
/// for `--input sequence=a.fa`.
public enum OperationOptions {
  /// Rewrites options that are named after the operation's inputs and parameters; others stay as they are.
  ///
  /// A name may be written with `-` for `_`. A list takes all words up to the next option; a parameter that is
  /// true or false may stand alone. `reserved` names, without dashes, are the command's own.
  ///
  /// - Throws: `Diagnostics` where a value is missing, or where an option is neither.
  public static func expanded(
    _ arguments: [String], of operation: Manifest.Operation, use: String, reserved: Set<String>
  ) throws(Diagnostics) -> [String] {
    var rest = arguments[...]
    var result: [String] = []
    var problems: [Diagnostic] = []
    while let argument = rest.popFirst() {
      guard argument.hasPrefix("--"), argument.count > 2 else {
        result.append(argument)
        continue
      }
      let (written, value) = split(argument)
      if reserved.contains(written) {
        result.append(argument)
        continue
      }
      let name = written.replacing("-", with: "_")
      if let input = operation.inputs.first(where: {
        ([$0.name] + $0.synonyms).contains { $0.replacing("-", with: "_") == name }
      }) {
        let paths = value.map { [$0] } ?? values(of: &rest, atMost: input.isList ? .max : 1)
        if paths.isEmpty { problems.append(missing(written, "PATH", input.help)) }
        result += paths.flatMap { ["--input", "\(input.name)=\($0)"] }
      } else if let parameter = operation.parameters.first(where: {
        $0.name.replacing("-", with: "_") == name
      }) {
        let isSwitch = parameter.type == .boolean && !["true", "false"].contains(rest.first)
        var given = value ?? (isSwitch ? "true" : takesNext(rest) ? rest.popFirst() : nil)
        if case .list(let element) = parameter.type, value == nil, let first = given {
          given = list(of: [first] + values(of: &rest, atMost: .max), isText: element == .string)
        }
        if let given {
          result += ["--param", "\(parameter.name)=\(given)"]
        } else {
          problems.append(missing(written, "\(parameter.type)", parameter.help))
        }
      } else {
        let known =
          operation.inputs.flatMap { [$0.name] + $0.synonyms } + operation.parameters.map(\.name)
        problems.append(
          Diagnostic(
            "\(use) has no option '--\(written)'",
            fix: Suggestion.nearest(to: name, among: known + reserved).map {
              "did you mean '--\($0)'?"
            } ?? "`flow \(use.replacing("/", with: " ")) --help` shows all"))
      }
    }
    if !problems.isEmpty { throw Diagnostics(problems) }
    return result
  }

  /// A command line with all that the operation needs, and the rest in brackets.
  public static func usage(of operation: Manifest.Operation, plugin: String) -> String {
    var words = ["flow \(plugin) \(operation.name)"]
    for input in operation.inputs {
      let word = "--\(input.name) \(input.type == .file ? "FILE" : "DIR")\(input.isList ? "…" : "")"
      words.append(input.isOptional ? "[\(word)]" : word)
    }
    for parameter in operation.parameters where parameter.isRequired {
      words.append("--\(parameter.name) …")
    }
    if operation.parameters.contains(where: { !$0.isRequired }) { words.append("[--PARAMETER …]") }
    let isShown = operation.outputs.contains { $0.shown != nil }
    words.append(isShown ? "[-o DIR]" : "-o DIR")
    if operation.outputs.contains(where: { $0.shown == .json }) { words.append("[--json]") }
    return words.joined(separator: " ")
  }

  /// `--name=value`, or the name alone.
  private static func split(_ argument: String) -> (name: String, value: String?) {
    let text = argument.dropFirst(2)
    guard let equals = text.firstIndex(of: "=") else { return (String(text), nil) }
    return (String(text[..<equals]), String(text[text.index(after: equals)...]))
  }

  /// A negative number is a value, not an option.
  private static func takesNext(_ rest: ArraySlice<String>) -> Bool {
    guard let next = rest.first else { return false }
    return !next.hasPrefix("-") || Double(next) != nil
  }

  private static func values(of rest: inout ArraySlice<String>, atMost count: Int) -> [String] {
    var taken: [String] = []
    while taken.count < count, let next = rest.first, !next.hasPrefix("-") {
      taken.append(next)
      rest.removeFirst()
    }
    return taken
  }

  /// Several words as one list; a single one may itself be a list, `a,b` or JSON.
  private static func list(of words: [String], isText: Bool) -> String {
    if words.count == 1 || !isText { return words.joined(separator: ",") }
    return "[" + words.map { JSON.string($0).text }.joined(separator: ",") + "]"
  }

  private static func missing(_ name: String, _ what: String, _ help: String) -> Diagnostic {
    Diagnostic("--\(name) needs a value (\(what)): \(help)")
  }
}
