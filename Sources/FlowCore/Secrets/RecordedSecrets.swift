import Files

/// Secrets where they would be recorded: a run's parameters and workflow are kept for good, and a value that stands
/// there cannot be taken out again.
enum RecordedSecrets {
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
    for (number, line) in source.split(separator: "\n", omittingEmptySubsequences: false)
      .enumerated()
    where holdsPassword(line) {
      problems.append(
        Diagnostic(
          "an address with a password stands here, and the workflow's text is kept in the history",
          file: file, at: Mark(line: number + 1, column: 1), fix: fix))
    }
    for (name, value) in plan.parameters.sorted(by: { $0.key < $1.key }) {
      if texts(of: value).contains(where: { holdsPassword($0) }) {
        problems.append(
          Diagnostic(
            "the parameter '\(name)' holds an address with a password, and parameters are kept in the history",
            file: file, fix: fix))
      }
    }
    let redactor = Redactor(secrets.values)
    guard !redactor.isEmpty else { return problems }
    if redactor.redacted(source) != source {
      problems.append(
        Diagnostic(
          "the value of a secret stands in the workflow, whose text is kept in the history",
          file: file, fix: "use the variable of the secret instead"))
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
  static func holdsPassword(_ text: some StringProtocol) -> Bool {
    var rest = Array(text.utf8)[...]
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
      if !password.isEmpty && !password.contains(0x24) { return true }
    }
    return false
  }

  private static func texts(of json: JSON) -> [String] {
    switch json {
    case .string(let text): [text]
    case .array(let elements): elements.flatMap(texts)
    default: []
    }
  }
}
