import DNA
import Files

// The table of 127 cell types has 14 million lines and 1.8 billion states, so a line costs as little as can
// be: the states' part of a line that equals the line before is recognised as a whole, by memcmp, and only
// else cut into numbers. What is passed on are runs, not bins: some 60 million of them.

/// IDEAS' `.state` table: a line a bin, a column of state numbers a cell type
/// (https://github.com/guanjue/IDEAS_2018; columns `ID CHR POSst POSed CELL… PosClass`, separated by
/// spaces or tabs).
///
/// A run ends where the state changes and where the next line does not begin where the last one ended, so
/// bins that the table leaves out are gaps. Runs of one cell type come in the file's order; those of
/// different cell types are mixed.
struct IDEASTable {
  /// A corpus holds a file open to memory for each.
  static let mostCellTypes = 10_000

  private let file: Segmentation

  init(_ file: Segmentation) { self.file = file }

  /// The cell types of a header line; nil where it is none.
  static func cellTypes(inHeader line: String) -> [String]? {
    var words = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
    guard words.count >= 5, let first = words.first else { return nil }
    words[0] = first.hasPrefix("#") ? String(first.dropFirst()) : first
    guard words[0] == "ID", words[1] == "CHR", words[2].hasPrefix("POS"),
      words[3].hasPrefix("POS")
    else { return nil }
    if words.last == "PosClass" { words.removeLast() }
    return Array(words.dropFirst(4))
  }

  /// What is open while the lines go by.
  private struct Runs {
    var chromosome = ""
    var start: [Int]
    var line: [Int]
    /// By cell type: the state as the table numbers it; -1 where no run is open.
    var number: [Int]
    /// Where the last line's bin ended.
    var end = -1
    /// The last line's states, as bytes.
    var bytes: [UInt8] = []

    init(count: Int) {
      start = [Int](repeating: 0, count: count)
      line = start
      number = [Int](repeating: -1, count: count)
    }
  }

  func read(
    _ states: StateIndex, faults: (GenomeError) throws -> Void,
    _ body: (Segmentation.Segment) throws -> Void
  ) throws {
    let lines = try LineReader(file.path, longestLine: 1 << 22)
    let numbers = NumberedStates(states, prefix: "", labels: file.options.labels)
    var runs = Runs(count: file.cellTypes.count)

    func end(_ runs: inout Runs, _ cellType: Int) throws {
      guard runs.number[cellType] >= 0 else { return }
      let state: Int
      do throws(GenomeError) {
        state = try numbers.state(runs.number[cellType])
      } catch {
        throw GenomeError(error.reason, path: file.path, line: runs.line[cellType])
      }
      try body(
        Segmentation.Segment(
          cellType: cellType, chromosome: runs.chromosome,
          interval: Interval(runs.start[cellType], runs.end), state: state, path: file.path,
          line: runs.line[cellType]))
      runs.number[cellType] = -1
    }
    func endAll(_ runs: inout Runs) throws {
      for cellType in runs.number.indices { try end(&runs, cellType) }
    }

    _ = try lines.next { _ in }
    while true {
      let line: Void? = try lines.next { line in
        if line.isEmpty { return }
        let place: Place
        do throws(GenomeError) {
          place = try self.place(line)
        } catch {
          try endAll(&runs)
          runs.end = -1
          try faults(GenomeError(error.reason, path: file.path, line: lines.lineNumber))
          return
        }
        let follows =
          place.start == runs.end && place.chromosome.elementsEqual(runs.chromosome.utf8)
        if follows && sameBytes(runs.bytes, place.states) {
          runs.end = place.end
          return
        }
        if !follows {
          try endAll(&runs)
          if !place.chromosome.elementsEqual(runs.chromosome.utf8) {
            runs.chromosome = String(decoding: place.chromosome, as: UTF8.self)
          }
          runs.end = place.start
        }
        if let reason = try take(place, lines.lineNumber, &runs, end) {
          try endAll(&runs)
          runs.end = -1
          try faults(GenomeError(reason, path: file.path, line: lines.lineNumber))
          return
        }
        runs.end = place.end
        runs.bytes.replaceSubrange(0..<runs.bytes.count, with: place.states)
      }
      if line == nil { break }
    }
    try endAll(&runs)
  }
}

extension IDEASTable {
  /// A line, cut: `ID CHR START END STATE… PosClass`.
  private struct Place {
    let chromosome: UnsafeBufferPointer<UInt8>
    let start: Int
    let end: Int
    /// The states of all cell types, and the PosClass behind them.
    let states: UnsafeBufferPointer<UInt8>
  }

  private func place(_ line: UnsafeBufferPointer<UInt8>) throws(GenomeError) -> Place {
    var rest = line[...]
    _ = IDEASTable.word(from: &rest)
    let chromosome = IDEASTable.word(from: &rest)
    let (first, second) = (IDEASTable.word(from: &rest), IDEASTable.word(from: &rest))
    guard let start = DecimalText.value(of: UnsafeBufferPointer(rebasing: first)),
      let end = DecimalText.value(of: UnsafeBufferPointer(rebasing: second)), start < end,
      end <= BED.largestCoordinate, (1...255).contains(chromosome.count)
    else {
      let text = String(decoding: line.prefix(60), as: UTF8.self)
      throw GenomeError("'\(text)' does not begin with an ID, a chromosome, a start and an end")
    }
    return Place(
      chromosome: UnsafeBufferPointer(rebasing: chromosome), start: start, end: end,
      states: UnsafeBufferPointer(rebasing: rest))
  }

  /// Cuts a line's states and ends or begins runs where they differ from the line before.
  ///
  /// - Returns: what is wrong with the line, nil where nothing is.
  @inline(__always)
  private func take(
    _ place: Place, _ line: Int, _ runs: inout Runs, _ end: (inout Runs, Int) throws -> Void
  ) throws -> String? {
    let bytes = place.states
    let count = runs.number.count
    var position = 0
    var cellType = 0
    while cellType < count {
      while position < bytes.count, bytes[position] == 0x20 || bytes[position] == 0x09 {
        position += 1
      }
      let first = position
      var number = 0
      while position < bytes.count, case let digit = bytes[position] &- 0x30, digit <= 9 {
        number = number &* 10 &+ Int(digit)
        position += 1
      }
      let isWord =
        position > first && position - first <= 9
        && (position == bytes.count || bytes[position] == 0x20 || bytes[position] == 0x09)
      guard isWord else {
        let text = String(decoding: bytes[first...].prefix(20), as: UTF8.self)
        return first == bytes.count
          ? "\(cellType) states for \(count) cell types"
          : "the state of \(file.cellTypes[cellType]) is '\(text)', not a number"
      }
      if number != runs.number[cellType] {
        try end(&runs, cellType)
        runs.number[cellType] = number
        runs.start[cellType] = place.start
        runs.line[cellType] = line
      }
      cellType += 1
    }
    return nil
  }

  private static func word(
    from rest: inout Slice<UnsafeBufferPointer<UInt8>>
  ) -> Slice<UnsafeBufferPointer<UInt8>> {
    rest = rest.drop { $0 == 0x20 || $0 == 0x09 }
    let word = rest.prefix { $0 != 0x20 && $0 != 0x09 }
    rest = rest[word.endIndex...]
    return word
  }
}
