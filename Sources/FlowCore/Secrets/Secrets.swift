import Files
import Glibc

/// The values of the secrets that steps name: from a file that only its owner can read, else from the environment.
///
/// They reach a step as variables of its environment, and are in no key, no command file and no history.
public struct Secrets: Sendable {
  private let file: String?
  private let ofFile: [String: String]
  private let environment: @Sendable (String) -> String?

  /// Those of the environment alone.
  public init() { self.init(environment: { FlowCore.environment($0) }) }

  init(environment: @escaping @Sendable (String) -> String?) {
    file = nil
    ofFile = [:]
    self.environment = environment
  }

  /// - Parameter path: a file of lines `NAME=VALUE`; `#` begins a comment.
  /// - Throws: `Diagnostic` where others may read it or a line is none; `FileError`.
  public init(file path: String) throws {
    let handle = try FileHandle.openRegular(path)
    var status = stat()
    guard fstat(handle.descriptor, &status) == 0 else {
      throw FileError("inspect", path, errno: errno)
    }
    guard status.st_mode & 0o077 == 0, status.st_uid == getuid() || status.st_uid == 0 else {
      throw Diagnostic(
        "others than its owner can reach this file of secrets", file: path, fix: "chmod 600 \(path)"
      )
    }
    var values: [String: String] = [:]
    let text = try Path.readRegularText(path, limit: 1 << 20)
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let line = line.hasSuffix("\r") ? line.dropLast() : line
      if line.allSatisfy(\.isWhitespace) || line.hasPrefix("#") { continue }
      // The line itself is never repeated: it may be a secret.
      guard let equals = line.firstIndex(of: "="), SecretNames.isName(String(line[..<equals]))
      else {
        throw Diagnostic(
          "this line is not NAME=VALUE", file: path, at: Mark(line: number + 1, column: 1),
          fix: "a name is capital letters, digits and '_'")
      }
      values[String(line[..<equals])] = String(line[line.index(after: equals)...])
    }
    file = path
    ofFile = values
    environment = { FlowCore.environment($0) }
  }

  /// The value of a secret; nil where there is none.
  func value(_ name: String) -> String? {
    (ofFile[name] ?? environment(name)).flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The values of all that have one.
  public func values(_ names: some Sequence<String>) -> [String: String] {
    var values: [String: String] = [:]
    for name in names { values[name] = value(name) }
    return values
  }

  /// What is wrong with the secrets that the steps of a plan ask for, before anything runs.
  ///
  /// - Parameter source: the workflow file's text.
  func problems(of plan: Plan, source: String) -> [Diagnostic] {
    var asked: Set<String> = []
    var problems: [Diagnostic] = []
    for task in plan.tasks {
      for name in task.secrets where asked.insert(name).inserted {
        let place = file ?? "the environment"
        if let value = value(name) {
          if value.utf8.count < Redactor.shortest {
            problems.append(
              Diagnostic(
                "the secret '\(name)' has fewer than \(Redactor.shortest) characters, which cannot be kept "
                  + "out of the logs", fix: "use a longer one"))
          }
        } else {
          problems.append(
            Diagnostic(
              "step '\(task.step)' needs the secret '\(name)', which is not in \(place)",
              fix:
                "export it, or put \(name)=VALUE into a file of mode 600 and add --secrets-file FILE"
            ))
        }
      }
    }
    return problems
      + RecordedSecrets.problems(of: plan, source: source, secrets: values(asked))
  }
}

/// Reads `secrets: [NAME, …]`.
enum SecretNames {
  static func names(_ reader: inout NodeReader) -> [String] {
    reader.list("secrets").compactMap { node in
      guard case .string(let name) = node.json, isName(name) else {
        reader.report(
          "a secret is the name of a variable: capital letters, digits and '_', not \(node.kind)",
          at: node.mark, fix: "the value is read from the environment or from --secrets-file")
        return nil
      }
      if reserved.contains(name) || name.hasPrefix("FLOW_") || name.hasPrefix("LD_") {
        reader.report("'\(name)' decides how steps run and cannot be a secret", at: node.mark)
      }
      return name
    }
  }

  static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
    return text.utf8.allSatisfy {
      $0 == 0x5F || (0x41...0x5A).contains($0) || (0x30...0x39).contains($0)
    }
  }

  private static let reserved: Set<String> = [
    "PATH", "HOME", "TMPDIR", "IFS", "BASH_ENV", "ENV", "SHELLOPTS", "BASHOPTS", "PS4",
  ]
}
