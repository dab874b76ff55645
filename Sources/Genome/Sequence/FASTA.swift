import DNA
import Files

/// Sequences in FASTA, plain or gzip, read as a stream
/// (https://www.ncbi.nlm.nih.gov/genbank/fastaformat/).
public enum FASTA {
  /// Reads a file from its first to its last record in constant memory (one line).
  ///
  /// - Parameters:
  ///   - path: the file; gzip is told by content.
  ///   - record: called at each header with the record's name, the text from `>` to the first white space.
  ///   - bases: called with the next bases of the record as codes of `Base`, in pieces of any length.
  /// - Throws: `GenomeError` with file and line where a header has no name, where sequence stands before
  ///   the first header, or where a byte is no letter of IUPAC's alphabet; `FileError` where the file
  ///   cannot be read; whatever `record` and `bases` throw.
  public static func read(
    _ path: String, record: (_ name: String) throws -> Void,
    bases: (_ codes: UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws {
    let lines = try LineReader(path)
    var codes: [UInt8] = []
    var isInRecord = false
    while true {
      let line: Void? = try lines.next { line in
        guard let first = line.first else { return }
        if first == UInt8(ascii: ">") {
          isInRecord = true
          try record(try name(of: line, path, lines.lineNumber))
          return
        }
        guard isInRecord else {
          throw GenomeError(
            "sequence before the first '>' line; is this a FASTA file?", path: path,
            line: lines.lineNumber)
        }
        if codes.count < line.count {
          codes.append(contentsOf: repeatElement(0, count: line.count - codes.count))
        }
        try codes.withUnsafeMutableBufferPointer { codes in
          if let wrong = encode(line, into: codes) {
            throw GenomeError(
              "\(quoted(line[wrong])) in column \(wrong + 1) is not a nucleotide letter",
              path: path, line: lines.lineNumber)
          }
          try bases(UnsafeBufferPointer(rebasing: codes[..<line.count]))
        }
      }
      if line == nil { break }
    }
    if !isInRecord {
      throw GenomeError("no '>' line; is this a FASTA file?", path: path)
    }
  }

  private static func name(
    of header: UnsafeBufferPointer<UInt8>, _ path: String, _ line: Int
  ) throws(GenomeError) -> String {
    let name = header.dropFirst().prefix { $0 != 0x20 && $0 != 0x09 }
    guard !name.isEmpty else {
      throw GenomeError("a '>' line without a name", path: path, line: line)
    }
    return String(decoding: name, as: UTF8.self)
  }

  /// Translates letters to codes; the position of the first byte that is no nucleotide letter.
  ///
  /// One look-up a byte and one test a line: the codes' maximum tells whether any was invalid.
  private static func encode(
    _ line: UnsafeBufferPointer<UInt8>, into codes: UnsafeMutableBufferPointer<UInt8>
  ) -> Int? {
    let highest = Base.codes.withUnsafeBufferPointer { table in
      var highest: UInt8 = 0
      for position in 0..<line.count {
        let code = table[Int(line[position])]
        codes[position] = code
        highest = max(highest, code)
      }
      return highest
    }
    return highest == Base.invalid ? codes.firstIndex(of: Base.invalid) : nil
  }
}

/// A byte for an error message: itself where it is printable ASCII, else its number.
func quoted(_ byte: UInt8) -> String {
  (0x21...0x7E).contains(byte)
    ? "'\(Character(UnicodeScalar(byte)))'" : "byte 0x\(String(byte, radix: 16))"
}
