import DNA
import Files
import Genome

// A whole genome goes through `count`: three billion bytes, one look-up each and no branch that depends on
// the byte. The kinds of bases are numbered so that "C, then G" is one bit of two of them.

/// Reads sequences for what they hold, and FASTA goes on behind what is wrong.
struct SequenceScanner {
  private(set) var records: [SequenceSurvey.Record] = []
  private let path: String
  private let bin: Int
  private var cpg: UInt32 = 0
  /// Bases left in the bin that is being counted.
  private var left: Int
  /// The kind of the base before.
  private var before: UInt8 = 0
  private var unknownStart: Int?
  /// The kind of a base by its byte.
  private var table = kindsOfLetters

  private static let other: UInt8 = 0
  private static let c: UInt8 = 1
  private static let g: UInt8 = 2
  private static let unknown: UInt8 = 4
  private static let invalid: UInt8 = 128

  /// The kind of a base by its code in `Base`: A, T, C, G, unknown.
  private static let kindsOfCodes: [UInt8] = {
    var kinds = [UInt8](repeating: invalid, count: 256)
    kinds.replaceSubrange(0..<5, with: [other, other, c, g, unknown])
    return kinds
  }()

  /// The kind of a base by its letter.
  private static let kindsOfLetters: [UInt8] = {
    var kinds = [UInt8](repeating: invalid, count: 256)
    for (letters, kind) in [("ATat", other), ("Cc", c), ("Gg", g)] {
      for letter in letters.utf8 { kinds[Int(letter)] = kind }
    }
    for letter in "NRYSWKMBDHVXnryswkmbdhvx".utf8 { kinds[Int(letter)] = unknown }
    return kinds
  }()

  init(path: String, bin: Int) {
    self.path = path
    self.bin = bin
    left = bin
  }

  /// Reads the file, FASTA or 2bit.
  mutating func read(_ findings: inout Findings, check: () throws -> Void) throws {
    let file = try SequenceFile.open(path)
    guard case .fasta = file else {
      table = SequenceScanner.kindsOfCodes
      defer { end() }
      try file.read {
        end()
        records.append(SequenceSurvey.Record(name: $0, path: path, line: nil))
      } bases: {
        try check()
        take($0, 0, 0, &findings)
      }
      return
    }
    try readLines(&findings, check: check)
  }

  /// Lines may be of any length: a chromosome on one line is FASTA too.
  private mutating func readLines(_ findings: inout Findings, check: () throws -> Void) throws {
    let lines = try LineReader(path)
    var isFASTA = true
    defer { end() }
    var header = 0
    var column = 0
    var pieces = 0
    while true {
      let piece: Void? = try lines.nextPiece { piece, beginsLine in
        if beginsLine { (header, column) = (0, 0) }
        defer { column += piece.count }
        guard let first = piece.first else { return }
        if beginsLine && first == UInt8(ascii: ">") {
          begin(piece, lines.lineNumber, &findings)
          header = piece.count
        } else if header > 0 {
          header += piece.count
          if header > FASTA.longestHeader && header - piece.count <= FASTA.longestHeader {
            findings.add(
              .error, "fasta", "a '>' line of more than \(FASTA.longestHeader) bytes",
              path: path, line: lines.lineNumber)
          }
        } else if records.isEmpty {
          // One word about it: of a file of another kind every line would be wrong.
          guard isFASTA else { return }
          isFASTA = false
          findings.add(
            .error, "fasta", "sequence before the first '>' line; is this a FASTA file?",
            path: path, line: lines.lineNumber)
        } else {
          take(piece, lines.lineNumber, column, &findings)
        }
      }
      if piece == nil { break }
      pieces += 1
      if pieces & 0xFFFF == 0 { try check() }
    }
    if records.isEmpty && isFASTA {
      findings.add(.error, "fasta", "no '>' line; is this a FASTA file?", path: path)
    }
  }

  private mutating func begin(
    _ line: UnsafeBufferPointer<UInt8>, _ number: Int, _ findings: inout Findings
  ) {
    end()
    let bytes = line.dropFirst().prefix { $0 != 0x20 && $0 != 0x09 }
    let name = String(decoding: bytes, as: UTF8.self)
    if bytes.isEmpty {
      findings.add(.error, "fasta", "a '>' line without a name", path: path, line: number)
    } else if let fault = BED.fault(ofName: name) {
      findings.add(.error, "fasta", fault, path: path, line: number)
    }
    records.append(SequenceSurvey.Record(name: name, path: path, line: number))
  }

  /// Ends the record that is open.
  private mutating func end() {
    guard var record = records.popLast() else { return }
    if let start = unknownStart { record.unknown.append(Interval(start, record.length)) }
    if left < bin { record.cpgBefore.append((record.cpgBefore.last ?? 0) + cpg) }
    records.append(record)
    unknownStart = nil
    (cpg, left, before) = (0, bin, SequenceScanner.other)
  }

  /// - Parameter column: of the first letter, counted from 0.
  private mutating func take(
    _ line: UnsafeBufferPointer<UInt8>, _ number: Int, _ column: Int, _ findings: inout Findings
  ) {
    let last = records.count - 1
    var start = 0
    var kinds: UInt8 = 0
    while start < line.count {
      let end = min(line.count, start + left)
      kinds |= count(UnsafeBufferPointer(rebasing: line[start..<end]))
      left -= end - start
      start = end
      if left == 0 {
        records[last].cpgBefore.append((records[last].cpgBefore.last ?? 0) + cpg)
        (cpg, left) = (0, bin)
      }
    }
    if kinds >= SequenceScanner.unknown || unknownStart != nil {
      markUnknown(line, number, column, records[last].length, &findings)
    }
    records[last].length += line.count
  }

  /// Counts CpG in a stretch of a bin.
  ///
  /// - Returns: the kinds of its bases, as bits.
  private mutating func count(_ bases: UnsafeBufferPointer<UInt8>) -> UInt8 {
    table.withUnsafeBufferPointer { table in
      var all: UInt8 = 0
      var found: UInt32 = 0
      var previous = before
      for base in bases {
        let kind = table[Int(base)]
        found &+= UInt32(previous & kind &>> 1 & 1)
        all |= kind
        previous = kind
      }
      before = previous
      cpg &+= found
      return all
    }
  }

  /// Runs of unknown bases in a line that has some, or stands behind one that ended with some; letters that
  /// are none.
  private mutating func markUnknown(
    _ line: UnsafeBufferPointer<UInt8>, _ number: Int, _ column: Int, _ position: Int,
    _ findings: inout Findings
  ) {
    for (place, byte) in line.enumerated() {
      let kind = table[Int(byte)]
      if kind == SequenceScanner.invalid {
        let text =
          (0x21...0x7E).contains(byte)
          ? "'\(Character(UnicodeScalar(byte)))'" : "byte 0x\(String(byte, radix: 16))"
        findings.add(
          .error, "letter", "\(text) in column \(column + place + 1) is not a nucleotide letter",
          path: path, line: number)
      }
      if kind >= SequenceScanner.unknown {
        if unknownStart == nil { unknownStart = position + place }
      } else if let start = unknownStart {
        records[records.count - 1].unknown.append(Interval(start, position + place))
        unknownStart = nil
      }
    }
  }
}
