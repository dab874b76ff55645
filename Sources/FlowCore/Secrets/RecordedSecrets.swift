import Files

extension Plan {
  /// All text that the history keeps of a plan, with the file that it stands in.
  ///
  /// - Parameter source: that of the workflow's file.
  fileprivate func recordedTexts(of source: String) -> [TextFile] {
    [TextFile(path: workflow.file, text: source)] + files
  }
}

/// Secrets where they would be recorded: a run's parameters and workflow are kept for good, and a value that stands
/// there cannot be taken out again.
public enum RecordedSecrets {
  /// What is wrong whatever the secrets are: addresses with passwords in the workflow's files and parameters.
  ///
  /// - Throws: `FileError` where the workflow's file cannot be read.
  public static func problems(of plan: Plan) throws -> [Diagnostic] {
    let source = try Path.readText(plan.workflow.file)
    return problems(of: plan, source: source, secrets: [:])
  }

  /// What is wrong, before anything is recorded. No message repeats a value.
  ///
  /// - Parameters:
  ///   - source: the workflow file's text.
  ///   - secrets: the values of the plan's secrets, by name.
  static func problems(
    of plan: Plan, source: String, secrets: [String: String]
  ) -> [Diagnostic] {
    let file = plan.workflow.file
    var problems: [Diagnostic] = []
    let texts = plan.recordedTexts(of: source)
    for text in texts {
      for (number, line) in text.text.split(separator: "\n", omittingEmptySubsequences: false)
        .enumerated()
      {
        guard let column = placeOfPassword(line) else { continue }
        problems.append(
          Diagnostic(
            "an address with a password stands here, and this text is kept in the history",
            file: text.path, at: Mark(line: number + 1, column: column), fix: fix))
      }
    }
    for (name, value) in plan.parameters.sorted(by: { $0.key < $1.key }) {
      if self.texts(of: value).contains(where: { holdsPassword($0) }) {
        problems.append(
          Diagnostic(
            "the parameter '\(name)' holds an address with a password, and parameters are kept in the history",
            file: file, fix: fix))
      }
    }
    let redactor = Redactor(secrets.values)
    guard !redactor.isEmpty else { return problems }
    for text in texts where redactor.redacted(text.text) != text.text {
      problems.append(
        Diagnostic(
          "the value of a secret stands in the workflow, whose text is kept in the history",
          file: text.path, fix: "use the variable of the secret instead"))
    }
    for (name, value) in plan.parameters.sorted(by: { $0.key < $1.key })
    where redactor.redacted(value) != value {
      problems.append(
        Diagnostic(
          "the parameter '\(name)' holds the value of a secret, and parameters are kept in the history",
          file: file, fix: "use the variable of the secret instead"))
    }
    return problems
  }

  private static let fix =
    "leave the password out; give it by 'secrets: [NAME]', or by ~/.netrc where a step reads that"

  /// `scheme://user:password@host` anywhere in a text (RFC 3986, section 3.2.1). A reference is no password.
  static func holdsPassword(_ text: some StringProtocol) -> Bool { placeOfPassword(text) != nil }

  /// The column, from 1 on, where the name of the user stands.
  private static func placeOfPassword(_ text: some StringProtocol) -> Int? {
    let bytes = Array(text.utf8)
    var rest = bytes[...]
    while let colon = rest.firstIndex(of: 0x3A) {
      rest = rest[(colon + 1)...]
      guard rest.starts(with: [0x2F, 0x2F]) else { continue }
      let authority = rest.dropFirst(2).prefix { byte in
        // Up to a path, a query, white space, a quote or a bracket.
        byte > 0x20 && ![0x2F, 0x3F, 0x23, 0x22, 0x27, 0x60, 0x3C, 0x3E].contains(byte)
      }
      guard let at = authority.lastIndex(of: 0x40),
        let separator = authority[..<at].firstIndex(of: 0x3A)
      else { continue }
      let password = authority[(separator + 1)..<at]
      if !password.isEmpty && !password.contains(0x24) {
        return String(decoding: bytes[..<authority.startIndex], as: UTF8.self).count + 1
      }
    }
    return nil
  }

  private static func texts(of json: JSON) -> [String] {
    switch json {
    case .string(let text): [text]
    case .array(let elements): elements.flatMap(texts)
    default: []
    }
  }
}
