import Files

/// A step's own script: bash, given its inputs, parameters and outputs as variables.
///
/// Nothing is put into the text of the script: values reach it as variables that are assigned before it, each
/// quoted, so that a value is never code.
public struct ShellScript: Equatable, Sendable {
  /// As it stands in the workflow.
  public var text: String

  /// The interpreter; bash, whose arrays hold lists of files.
  static let interpreter = "/bin/bash"
  /// The variable with the number of processor cores that the step may use.
  static let threads = "threads"

  /// Why a name cannot be that of a variable; nil where it can.
  ///
  /// Capitals are left to the environment: `PATH`, `HOME` and whatever else programs expect there.
  static func objection(to name: String) -> String? {
    if name == threads { return "'\(threads)' is the number of cores that the step may use" }
    if reserved.contains(name) { return "'\(name)' is a word of the shell" }
    let isVariable =
      name.utf8.first.map { $0 == 0x5F || (0x61...0x7A).contains($0) } ?? false
      && name.utf8.allSatisfy {
        $0 == 0x5F || (0x61...0x7A).contains($0) || (0x30...0x39).contains($0)
      }
    return isVariable
      ? nil
      : "'\(name)' becomes a variable of the script: lower-case letters, digits and '_', from a letter on"
  }

  /// The variable for a name: itself, but for names of plugins that no variable can have, where a script stands in
  /// for one.
  static func variable(_ name: String) -> String {
    guard objection(to: name) != nil else { return name }
    return "plugin_" + name.lowercased().replacing("-", with: "_")
  }

  private static let reserved: Set<String> = [
    "if", "then", "elif", "else", "fi", "for", "in", "do", "done", "while", "until", "case", "esac",
    "function", "select", "time", "coproc", "_",
  ]
}

/// All that is needed to run a script once.
struct ScriptRequest {
  /// The task's id, for whoever finds the file.
  var title: String
  var script: ShellScript
  /// A list is an array, even of one.
  var inputs: [(name: String, paths: [String], isList: Bool)]
  var parameters: [String: JSON]
  /// Paths inside the output directory, by name.
  var outputs: [(name: String, path: String)]
  var outputDirectory: String
  /// Where the script runs, empty at first: what it leaves there is gone with the step.
  var workDirectory: String
  var threads: Int
  /// In seconds; nil for no limit.
  var timeLimit: Int?
  /// What it may reach beyond its inputs and outputs.
  var confinement = Confinement()
  var policy = SandboxPolicy()
  /// Values of secrets by name; not in the text.
  var secrets: [String: String] = [:]

  /// The GPUs that it may use; none stands for those that its environment allows.
  var devices: [String] = []

  /// What bash is given to run the script in `file`, which holds `text`.
  func arguments(file: String) -> [String] {
    ["--noprofile", "--norc", file, workDirectory, outputDirectory]
  }

  /// The file that bash is given. By hand it runs the step again: `bash FILE [WORK_DIRECTORY [OUTPUT_DIRECTORY]]`, in
  /// a new directory where none is named, with the outputs there too.
  var text: String {
    var lines = ["#!\(ShellScript.interpreter)", "# \(Visible.cell(title))", "set -euo pipefail"]
    lines.append(#"cd "${1:-$(mktemp -d)}"; set -- "${2:-$PWD}""#)
    lines.append("\(ShellScript.threads)=\(threads)")
    if !devices.isEmpty {
      lines.append(
        "export CUDA_VISIBLE_DEVICES=\(ShellQuoting.quote(devices.joined(separator: ",")))")
    }
    for input in inputs {
      let words = input.paths.map(ShellQuoting.quote).joined(separator: " ")
      lines.append(
        "\(ShellScript.variable(input.name))=" + (input.isList ? "(\(words))" : words))
    }
    for (name, value) in parameters.sorted(by: { $0.key < $1.key }) {
      lines.append("\(ShellScript.variable(name))=\(Self.word(for: value))")
    }
    for output in outputs {
      lines.append("\(ShellScript.variable(output.name))=\"$1\"/" + ShellQuoting.quote(output.path))
    }
    lines.append("set --")
    return lines.joined(separator: "\n") + "\n\n" + script.text
      + (script.text.hasSuffix("\n") ? "" : "\n")
  }

  private static func word(for value: JSON) -> String {
    if case .array(let elements) = value {
      return "(" + elements.map { ShellQuoting.quote(plain($0)) }.joined(separator: " ") + ")"
    }
    return value == .null ? "''" : ShellQuoting.quote(plain(value))
  }
}
