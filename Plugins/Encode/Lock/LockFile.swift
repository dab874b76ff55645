import Files
import FlowPlugin

/// A lock: files frozen as they were found, and how they were found, so that they can be looked for again.
///
/// A text file. Lines with `#` come first: the format, then `# key: value`; then a table of tab-separated values
/// with a header, one line a file, sorted by accession. `encode/fetch` takes it as its list.
struct LockFile: Equatable, Sendable {
  static let format = "# flow.encode.lock/1"
  private static let mostEntries = 1_000_000
  private static let mostFacts = 10_000

  /// What stands above the table, in order: `portal`, `query`, `files`, `date`, …
  var facts: [(key: String, value: String)]
  /// Sorted by accession, each once.
  private(set) var entries: [LockEntry]

  /// - Parameter entries: in any order; of two with one accession the first counts.
  init(facts: [(key: String, value: String)], entries: [LockEntry]) {
    self.facts = facts
    var known: Set<String> = []
    self.entries = entries.filter { known.insert($0.accession).inserted }.sorted {
      $0.accession.utf8.lexicographicallyPrecedes($1.accession.utf8)
    }
  }

  /// A fact's value; nil where it is not there.
  func fact(_ key: String) -> String? { facts.first { $0.key == key }?.value }

  static func == (one: LockFile, other: LockFile) -> Bool { one.text == other.text }

  /// The file's text.
  var text: String {
    var text = Self.format + "\n"
    for (key, value) in facts where !value.isEmpty { text += "# \(key): \(cell(value))\n" }
    let columns = LockEntry.Column.allCases
    text += columns.map(\.rawValue).joined(separator: "\t") + "\n"
    for entry in entries { text += columns.map { entry[$0] }.joined(separator: "\t") + "\n" }
    return text
  }

  /// Reads a lock. Columns that are not known are passed over.
  ///
  /// - Throws: `StepFailure`, invalid, with file and line; `FileError`.
  static func read(_ path: String) throws -> LockFile {
    let lines = try LineReader(path, longestLine: 1 << 20)
    func wrong(_ reason: String) -> StepFailure {
      StepFailure(.invalid, "\(path):\(lines.lineNumber): \(reason)")
    }
    guard try lines.nextText() == format else {
      throw wrong("it is no lock: the first line must be '\(format)'")
    }
    var facts: [(key: String, value: String)] = []
    var header: [LockEntry.Column?]?
    var entries: [LockEntry] = []
    var lineOf: [String: Int] = [:]
    while let line = try lines.nextText() {
      if line.hasPrefix("#") {
        guard let colon = line.firstRange(of: ": ") else { continue }
        guard facts.count < mostFacts else { throw wrong("more than \(mostFacts) lines with '#'") }
        let key = line[..<colon.lowerBound].dropFirst().drop { $0 == " " }
        facts.append((String(key), String(line[colon.upperBound...])))
        continue
      }
      if line.isEmpty { continue }
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard let columns = header else {
        header = fields.map(LockEntry.Column.init(rawValue:))
        for column in [LockEntry.Column.accession, .url, .name]
        where header?.contains(column) != true {
          throw wrong("no column '\(column.rawValue)' in the header")
        }
        continue
      }
      guard fields.count == columns.count else {
        throw wrong("\(fields.count) fields, but the header has \(columns.count)")
      }
      var entry = LockEntry()
      for (column, field) in zip(columns, fields) {
        if let column { entry[column] = field }
      }
      guard isPlainName(entry.accession), isPlainName(entry.name) else {
        throw wrong("its accession or name cannot be a file's name")
      }
      if let first = lineOf.updateValue(lines.lineNumber, forKey: entry.accession) {
        throw wrong("\(entry.accession) stands in line \(first) already")
      }
      entries.append(entry)
      guard entries.count <= mostEntries else { throw wrong("more than \(mostEntries) files") }
    }
    guard header != nil else { throw wrong("no table follows") }
    return LockFile(facts: facts, entries: entries)
  }
}
