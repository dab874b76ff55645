import Files
import Glibc

/// Checks what a command line gives a step against the operation's manifest.
public enum StepArguments {
  /// - Parameters:
  ///   - inputs: `name=path`; a name may stand several times for a list.
  ///   - parameters: `name=value`.
  /// - Throws: `Diagnostics` with every mistake.
  public static func request(
    use: String, inputs: [String], parameters: [String], outputDirectory: String,
    scratchDirectory: String, threads: Int, timeLimit: Int?, registry: Registry
  ) throws(Diagnostics) -> StepRequest {
    let plugin: InstalledPlugin
    let operation: Manifest.Operation
    let library: FileIdentity?
    do throws(Diagnostic) {
      (plugin, operation) = try registry.operation(use)
      library = FileIdentity(of: try plugin.checkedLibrary())
    } catch {
      throw Diagnostics([error])
    }
    var problems: [Diagnostic] = []
    let paths = self.inputs(inputs, of: operation, use: use, &problems)
    let values = self.parameters(parameters, of: operation, use: use, &problems)
    if !problems.isEmpty { throw Diagnostics(problems) }
    var request = StepRequest(
      plugin: plugin, operation: operation, parameters: values, inputs: paths,
      outputDirectory: outputDirectory, scratchDirectory: scratchDirectory, threads: threads,
      timeLimit: timeLimit)
    request.library = library
    return request
  }

  private static func split(
    _ text: String, _ what: String, _ problems: inout [Diagnostic]
  ) -> (name: String, value: String)? {
    guard let equals = text.firstIndex(of: "=") else {
      problems.append(
        Diagnostic("--\(what) '\(text)' has no '='", fix: "write --\(what) NAME=VALUE"))
      return nil
    }
    return (String(text[..<equals]), String(text[text.index(after: equals)...]))
  }

  private static func inputs(
    _ texts: [String], of operation: Manifest.Operation, use: String,
    _ problems: inout [Diagnostic]
  ) -> [(name: String, paths: [String])] {
    var given: [String: [String]] = [:]
    for text in texts {
      guard let (name, path) = split(text, "input", &problems) else { continue }
      guard let input = operation.input(name) else {
        let isParameter = operation.parameter(name) != nil
        problems.append(
          Diagnostic(
            "\(use) has no input '\(name)'",
            fix: isParameter
              ? "'\(name)' is a parameter: write --param \(name)=…"
              : Suggestion.fix(for: name, among: operation.inputs.map(\.name))))
        continue
      }
      var status = stat()
      if stat(path, &status) != 0 {
        problems.append(Diagnostic("input '\(name)' is not there: \(path)"))
      } else if (status.st_mode & S_IFMT == S_IFDIR) != (input.type == .directory) {
        problems.append(
          Diagnostic("input '\(name)' must be a \(input.type.rawValue), and \(path) is not"))
      }
      given[name, default: []].append(path)
    }
    for input in operation.inputs {
      let count = given[input.name]?.count ?? 0
      if count == 0 && !input.isOptional {
        problems.append(
          Diagnostic(
            "\(use) needs the input '\(input.name)'",
            fix: "add --input \(input.name)=PATH (\(input.help))"))
      } else if count > 1 && !input.isList {
        problems.append(Diagnostic("input '\(input.name)' of \(use) takes one path, not \(count)"))
      }
    }
    return operation.inputs.compactMap { input in given[input.name].map { (input.name, $0) } }
  }

  private static func parameters(
    _ texts: [String], of operation: Manifest.Operation, use: String,
    _ problems: inout [Diagnostic]
  ) -> [String: JSON] {
    var values: [String: JSON] = [:]
    for text in texts {
      guard let (name, value) = split(text, "param", &problems) else { continue }
      guard let parameter = operation.parameter(name) else {
        let isInput = operation.input(name) != nil
        problems.append(
          Diagnostic(
            "\(use) has no parameter '\(name)'",
            fix: isInput
              ? "'\(name)' is an input: write --input \(name)=PATH"
              : Suggestion.fix(for: name, among: operation.parameters.map(\.name))))
        continue
      }
      guard values[name] == nil else {
        problems.append(Diagnostic("parameter '\(name)' is given twice"))
        continue
      }
      guard let json = parameter.type.value(fromText: value) else {
        problems.append(
          Diagnostic(
            "parameter '\(name)' of \(use) is \(parameter.type.withArticle), not '\(value)'"))
        continue
      }
      if let objection = parameter.objection(to: json) {
        problems.append(Diagnostic("parameter '\(name)' of \(use) \(objection), not \(value)"))
      }
      values[name] = json
    }
    for parameter in operation.parameters where values[parameter.name] == nil {
      if let value = parameter.defaultValue {
        values[parameter.name] = value
      } else if parameter.isRequired {
        problems.append(
          Diagnostic(
            "\(use) needs the parameter '\(parameter.name)'",
            fix: "add --param \(parameter.name)=… (\(parameter.described))"))
      }
    }
    return values
  }
}
