import DNA
import Files

/// A file of sequences, told by content and not by name: FASTA (plain, gzip, bgzip) or 2bit.
///
/// The one door for whatever needs a reference sequence as codes of `Base`.
public enum SequenceFile: Sendable {
  /// FASTA at a path.
  case fasta(String)
  /// An open 2bit file.
  case twoBit(TwoBit)

  /// Looks at the first bytes of a regular file, and reads the index of a 2bit file.
  ///
  /// - Throws: `FileError` where the file cannot be read; `GenomeError` where a 2bit file is damaged.
  public static func open(_ path: String) throws -> SequenceFile {
    let head = try FileHandle.openRegular(path).read(upTo: 4, from: 0)
    let signature = head.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    let isTwoBit =
      head.count == 4
      && (signature == TwoBit.signature || signature == TwoBit.signature.byteSwapped)
    return isTwoBit ? .twoBit(try TwoBit(path)) : .fasta(path)
  }

  /// Reads all sequences in the order of the file, in constant memory.
  ///
  /// - Parameters:
  ///   - record: called with the name of each sequence before its bases.
  ///   - bases: called with the next bases as codes of `Base`, in pieces of any length.
  /// - Throws: `GenomeError` with the line or byte where the file is damaged; `FileError` where it cannot be
  ///   read; whatever `record` and `bases` throw.
  public func read(
    record: (_ name: String) throws -> Void,
    bases: (_ codes: UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws {
    switch self {
    case .fasta(let path): try FASTA.read(path, record: record, bases: bases)
    case .twoBit(let file):
      let codes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1 << 17)
      defer { codes.deallocate() }
      try file.forEachSequence { sequence in
        try record(sequence.name)
        var start = 0
        while start < sequence.length {
          let piece = Interval(start, min(start + codes.count, sequence.length))
          sequence.read(piece, into: codes)
          try bases(UnsafeBufferPointer(rebasing: codes[..<piece.length]))
          start = piece.end
        }
      }
    }
  }
}
