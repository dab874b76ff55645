import DNA
import Files

/// Names for numbered states, as ChromHMM takes and Roadmap publishes them.
///
/// Read are tables of two columns or more, separated by tabs: `7<TAB>Enh` and `E7<TAB>Enh` (ChromHMM's
/// option `-m labelmappingfile`, Roadmap's `browserlabelmap_*.tab`), with or without a header.
public struct StateLabels: Sendable {
  private let names: [Int: String]

  /// The states' numbers, in order.
  public var numbers: [Int] { names.keys.sorted() }

  /// Reads a table of labels.
  ///
  /// - Throws: `GenomeError` with file and line where a state has two names or a row names none, or where
  ///   the table holds colours; `FileError` where the file cannot be read.
  public init(reading path: String) throws {
    var names: [Int: String] = [:]
    // A pipe that nobody writes to would be waited for.
    _ = try FileHandle.openRegular(path)
    let lines = try LineReader(path, longestLine: 1 << 16)
    while let text = try lines.nextText() {
      func error(_ reason: String) -> GenomeError {
        GenomeError(reason, path: path, line: lines.lineNumber)
      }
      if text.isEmpty || text.hasPrefix("#") { continue }
      let columns = text.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard let number = StateNames.number(in: columns[0]) else {
        if lines.lineNumber == 1 { continue }
        throw error("'\(columns[0].prefix(40))' is not the number of a state")
      }
      guard columns.count >= 2, !columns[1].isEmpty else {
        throw error("state \(number) has no name; expected its number, a tab, its name")
      }
      guard columns[1].contains(where: { $0 != "," && !$0.isNumber }) else {
        throw error(
          "'\(columns[1].prefix(40))' is a colour or a number, not a name; give the table of labels, "
            + "for instance browserlabelmap_18_core_K27ac.tab")
      }
      let label = columns[1]
      let name = StateNames.number(in: label) == number ? label : "\(number)_\(label)"
      if let first = names.updateValue(name, forKey: number), first != name {
        throw error("state \(number) is '\(first)' and '\(name)'")
      }
      guard names.count <= StateNames.most else {
        throw error("more than \(StateNames.most) states")
      }
    }
    guard !names.isEmpty else { throw GenomeError("no state has a name", path: path) }
    self.names = names
  }

  /// The name of a state, `7_Enh`.
  ///
  /// - Throws: `GenomeError` where the labels know no such state: then they are of another model.
  func name(_ number: Int) throws(GenomeError) -> String {
    guard let name = names[number] else {
      throw GenomeError(
        "state \(number) has no label; the labels are of another model, with \(names.count) states")
    }
    return name
  }

  /// The label's name for `E7` or `7`; any other text as it is.
  func name(for text: String) throws(GenomeError) -> String {
    guard let number = StateNames.number(in: text), !text.contains("_") else { return text }
    return try name(number)
  }
}
