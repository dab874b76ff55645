import DNA
import Files
import Glibc

/// Sequences in FASTA, plain, gzip or bgzip, read as a stream
/// (https://www.ncbi.nlm.nih.gov/genbank/fastaformat/).
public enum FASTA {
  /// The longest header line that is read, in bytes.
  public static let longestHeader = 1 << 20

  /// Reads a file from its first to its last record in constant memory, whatever the length of its lines.
  ///
  /// - Parameters:
  ///   - path: a regular file; gzip and bgzip are told by content.
  ///   - record: called at each header with the record's name, the text from `>` to the first white space.
  ///   - bases: called with the next bases of the record as codes of `Base`, in pieces of any length.
  /// - Throws: `GenomeError` with file and line where a header has no name or is longer than 1 MiB, where
  ///   sequence stands before the first header, or where a byte is no letter of IUPAC's alphabet;
  ///   `FileError` where the file cannot be read; whatever `record` and `bases` throw.
  public static func read(
    _ path: String, record: (_ name: String) throws -> Void,
    bases: (_ codes: UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws {
    let source = try InflatedBytes(path)
    let text = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 64)
    defer { text.deallocate() }
    var parser = FASTAParser(path)
    defer { parser.deallocate() }
    while true {
      let count = try source.read(into: text)
      if count == 0 { break }
      try parser.take(
        UnsafeRawBufferPointer(rebasing: text[..<count]), record: record, bases: bases)
    }
    try parser.finish(record: record, bases: bases)
  }
}

/// The hot loop of reading FASTA: bytes in, codes out.
///
/// The end of a line is found by the C library's `memchr`; letters become codes by one look-up each, and one
/// test a piece tells whether all were letters, by the highest code. Codes of many lines are handed on
/// together, so that the cost of a call is none.
private struct FASTAParser {
  private let path: String
  private let codes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1 << 17)
  private var filled = 0
  private var line = 1
  /// Bytes of the line before the piece at hand.
  private var column = 0
  /// A byte order mark may stand here.
  private var isAtBeginning = true
  private var isInHeader = false
  private var isInRecord = false
  private var header: [UInt8] = []
  /// A carriage return that ends a line only if a line feed follows.
  private var holdsReturn = false

  init(_ path: String) { self.path = path }

  func deallocate() { codes.deallocate() }

  mutating func take(
    _ text: UnsafeRawBufferPointer, record: (String) throws -> Void,
    bases: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws {
    guard let start = text.baseAddress else { return }
    var at = 0
    if isAtBeginning, text.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
    isAtBeginning = false
    while at < text.count {
      if column == 0, !isInHeader, !holdsReturn, text[at] == UInt8(ascii: ">") {
        isInHeader = true
        at += 1
      }
      let newline = memchr(start + at, 0x0A, text.count - at)
      let end = newline.map { UnsafeRawPointer($0) - start } ?? text.count
      let piece = UnsafeRawBufferPointer(rebasing: text[at..<end])
      if isInHeader {
        try takeHeader(piece)
      } else {
        try takeSequence(piece, isLineEnd: newline != nil, bases: bases)
      }
      at = end
      if newline != nil {
        try endLine(record: record, bases: bases)
        at += 1
      }
    }
  }

  mutating func finish(
    record: (String) throws -> Void, bases: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws {
    try endLine(record: record, bases: bases)
    try flush(bases)
    if !isInRecord { throw GenomeError("no '>' line; is this a FASTA file?", path: path) }
  }

  private mutating func takeHeader(_ piece: UnsafeRawBufferPointer) throws {
    guard header.count + piece.count <= FASTA.longestHeader else {
      throw GenomeError(
        "a '>' line of more than \(FASTA.longestHeader) bytes", path: path, line: line)
    }
    header.append(contentsOf: piece)
  }

  private mutating func endLine(
    record: (String) throws -> Void, bases: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws {
    if isInHeader {
      try flush(bases)
      let name = header.prefix { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }
      guard !name.isEmpty else {
        throw GenomeError("a '>' line without a name", path: path, line: line)
      }
      isInRecord = true
      isInHeader = false
      try record(String(decoding: name, as: UTF8.self))
      header.removeAll(keepingCapacity: true)
    }
    holdsReturn = false
    column = 0
    line += 1
  }

  private mutating func takeSequence(
    _ piece: UnsafeRawBufferPointer, isLineEnd: Bool,
    bases: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws {
    var letters = piece
    if letters.isEmpty { return }
    if holdsReturn { throw invalid(0x0D, column: column) }
    if letters.last == 0x0D {
      holdsReturn = true
      letters = UnsafeRawBufferPointer(rebasing: letters.dropLast())
      if letters.isEmpty { return }
    }
    guard isInRecord else {
      throw GenomeError(
        "sequence before the first '>' line; is this a FASTA file?", path: path, line: line)
    }
    while !letters.isEmpty {
      if filled == codes.count { try flush(bases) }
      let count = min(letters.count, codes.count - filled)
      let out = UnsafeMutableBufferPointer(rebasing: codes[filled..<filled + count])
      if FASTAParser.encode(letters, into: out) == Base.invalid {
        let wrong = out.firstIndex(of: Base.invalid) ?? 0
        throw invalid(letters[wrong], column: column + wrong)
      }
      filled += count
      column += count
      letters = UnsafeRawBufferPointer(rebasing: letters[count...])
    }
  }

  private func invalid(_ byte: UInt8, column: Int) -> GenomeError {
    GenomeError(
      "\(quoted(byte)) in column \(column + 1) is not a nucleotide letter", path: path, line: line)
  }

  private mutating func flush(_ bases: (UnsafeBufferPointer<UInt8>) throws -> Void) throws {
    if filled == 0 { return }
    let count = filled
    filled = 0
    try bases(UnsafeBufferPointer(rebasing: codes[..<count]))
  }

  /// Writes the codes of all `codes.count` letters; the highest code.
  private static func encode(
    _ letters: UnsafeRawBufferPointer, into codes: UnsafeMutableBufferPointer<UInt8>
  ) -> UInt8 {
    Base.codes.withUnsafeBufferPointer { table in
      var highest: UInt8 = 0
      for position in 0..<codes.count {
        let code = table[Int(letters[position])]
        codes[position] = code
        highest = max(highest, code)
      }
      return highest
    }
  }
}

/// A byte for an error message: itself where it is printable ASCII, else its number.
func quoted(_ byte: UInt8) -> String {
  (0x21...0x7E).contains(byte)
    ? "'\(Character(UnicodeScalar(byte)))'" : "byte 0x\(String(byte, radix: 16))"
}
