import DNA
import Files

/// Something that a check found: how bad it is, where it stands, what to do about it.
struct Finding: Equatable, Sendable {
  /// How bad a finding is.
  enum Severity: String, Sendable {
    /// A corpus would not be made, or would be wrong.
    case error
    /// A corpus would be made; look whether it is the one you want.
    case warning
  }

  let severity: Severity
  /// What kind of problem, in a word or two with dashes: for programs that read the report.
  let topic: String
  /// The file, where the problem is in one.
  let path: String?
  /// The line, counted from 1.
  let line: Int?
  let text: String
}

/// The findings about one file, or about all together. The first few of a kind are kept and the rest counted,
/// so that a file in which every line is wrong has a short report and takes little memory.
struct Findings: Sendable {
  /// A kind of finding in a file.
  struct Group: Sendable {
    let severity: Finding.Severity
    let topic: String
    var shown: [Finding]
    /// All of them, `shown` included.
    var count: Int
  }

  /// How many findings of a kind are kept.
  static let shownOfAKind = 5

  /// In the order of the first finding of each kind.
  private(set) var groups: [Group] = []

  mutating func add(
    _ severity: Finding.Severity, _ topic: String, _ text: @autoclosure () -> String,
    path: String? = nil, line: Int? = nil
  ) {
    let position = groups.firstIndex { $0.topic == topic && $0.severity == severity }
    if let position, groups[position].shown.count >= Findings.shownOfAKind {
      groups[position].count += 1
      return
    }
    let finding = Finding(
      severity: severity, topic: topic, path: path, line: line, text: text())
    guard let position else {
      groups.append(Group(severity: severity, topic: topic, shown: [finding], count: 1))
      return
    }
    groups[position].shown.append(finding)
    groups[position].count += 1
  }

  mutating func add(_ error: GenomeError, _ topic: String) {
    add(.error, topic, error.reason, path: error.path, line: error.line)
  }

  mutating func add(_ error: FileError, _ topic: String) {
    add(.error, topic, "cannot \(error.action) it: \(error.reason)", path: error.path)
  }

  /// Adds the findings of another check.
  mutating func append(_ other: Findings) {
    for group in other.groups {
      for finding in group.shown {
        add(finding.severity, finding.topic, finding.text, path: finding.path, line: finding.line)
      }
      let position = groups.firstIndex {
        $0.topic == group.topic && $0.severity == group.severity
      }
      if let position { groups[position].count += group.count - group.shown.count }
    }
  }

  /// Takes an error about an input as a finding; throws any other.
  mutating func take(_ error: any Error, _ topic: String) throws {
    switch error {
    case let error as GenomeError: add(error, topic)
    case let error as FileError: add(error, topic)
    default: throw error
    }
  }

  /// How many findings of a severity there are, those not kept included.
  func count(_ severity: Finding.Severity) -> Int {
    groups.reduce(0) { $0 + ($1.severity == severity ? $1.count : 0) }
  }
}
