import DNA
import Files

/// ChromHMM's `*_statebyline.txt`: the cell type and the chromosome on the first line, `MaxState` and the
/// letter of the states' ordering on the second, then a line a bin with the number of its most likely state
/// (ChromHMM's manual, option `-printstatebyline`, https://ernstlab.github.io/ChromHMM/).
///
/// Equal neighbours are one segment. The bases behind the last whole bin of a chromosome are in no line,
/// so that they have no state.
struct StateByLine {
  private let file: Segmentation

  init(_ file: Segmentation) { self.file = file }

  func read(
    _ states: StateIndex, faults: (GenomeError) throws -> Void,
    _ body: (Segmentation.Segment) throws -> Void
  ) throws {
    let lines = try LineReader(file.path, longestLine: 1 << 16)
    let header = try StateByLine.header(of: lines)
    let numbers = NumberedStates(states, prefix: header.ordering, labels: file.options.labels)
    let binSize = file.options.binSize
    var run: (state: Int, start: Int, line: Int)?
    var bin = 0

    func end() throws {
      guard let run else { return }
      try body(
        Segmentation.Segment(
          cellType: 0, chromosome: header.chromosome,
          interval: Interval(run.start * binSize, bin * binSize), state: run.state,
          path: file.path, line: run.line))
    }
    while true {
      let line: Void? = try lines.next { line in
        var state: Int?
        do throws(GenomeError) {
          guard let number = DecimalText.value(of: line) else {
            let text = String(decoding: line.prefix(40), as: UTF8.self)
            throw GenomeError("'\(text)' is not the number of a state")
          }
          state = try numbers.state(number)
        } catch {
          try faults(GenomeError(error.reason, path: file.path, line: lines.lineNumber))
        }
        if state != run?.state {
          try end()
          run = state.map { ($0, bin, lines.lineNumber) }
        }
        bin += 1
      }
      if line == nil { break }
    }
    try end()
  }

  /// Reads the two lines of the header; nil where they are not those of such a file.
  static func header(
    of lines: LineReader
  ) throws -> (cellType: String, chromosome: String, ordering: String) {
    let first = try lines.nextText() ?? ""
    let names = first.split(separator: "\t", omittingEmptySubsequences: false)
    let second = try lines.nextText() ?? ""
    let words = second.split(whereSeparator: { $0 == " " || $0 == "\t" })
    guard names.count == 2, !names[0].isEmpty, !names[1].isEmpty, words.first == "MaxState" else {
      throw GenomeError(
        "not the header of a state-by-line file: cell type and chromosome, then 'MaxState'",
        path: lines.path, line: lines.lineNumber)
    }
    return (String(names[0]), String(names[1]), words.count > 1 ? String(words[1]) : "E")
  }
}
