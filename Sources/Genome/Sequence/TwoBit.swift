import DNA
import Files

/// A file of sequences at two bits a base, UCSC's 2bit
/// (https://genome.ucsc.edu/FAQ/FAQformat.html#format7; version 1 has 64-bit offsets:
/// https://github.com/ucscGenomeBrowser/kent/blob/master/src/inc/twoBit.h). Both byte orders are read.
///
/// The file is mapped and only what is asked for is read. Safe to share between threads.
public struct TwoBit: Sendable {
  /// The file's signature.
  static let signature: UInt32 = 0x1A41_2743

  /// More sequences than assemblies have (wheat's scaffolds: about 1.4e5) and more bytes of names: they bound
  /// the memory of the index.
  static let mostSequences = 1 << 18
  static let mostBytesOfNames = 1 << 24

  /// The names in the order of the file.
  public let names: [String]
  private let offsets: [Int]
  private let positions: [String: Int]
  private let numbers: BinaryNumbers

  /// Where the file is.
  public var path: String { numbers.file.path }

  /// Reads the index of a file.
  ///
  /// - Throws: `FileError` where it cannot be read; `GenomeError` with the byte where it is no 2bit file,
  ///   of another version than 0 and 1, cut off, or names a sequence twice.
  public init(_ path: String) throws { try self.init(BinaryFile(path)) }

  /// As `init(_:)`, of a file that is open.
  public init(_ file: BinaryFile) throws(GenomeError) {
    numbers = try BinaryNumbers(file, magic: TwoBit.signature, kind: "2bit")
    let version = try numbers.uint32(at: 4, "the version")
    guard version <= 1 else {
      throw file.error("2bit version \(version); versions 0 and 1 are known", at: 4)
    }
    let count = try numbers.uint32(at: 8, "the number of sequences")
    guard count <= TwoBit.mostSequences else {
      throw file.error(
        "\(count) sequences; at most \(TwoBit.mostSequences) are read, the file may be damaged",
        at: 8)
    }
    var names: [String] = []
    var offsets: [Int] = []
    var positions: [String: Int] = [:]
    var at = 16
    for position in 0..<count {
      let length = try numbers.uint8(at: at, "the length of a name")
      try file.require(length, at: at + 1, for: "a name")
      guard at + 1 + length - 16 <= TwoBit.mostBytesOfNames else {
        throw file.error(
          "names of more than \(TwoBit.mostBytesOfNames) bytes; the file may be damaged", at: at)
      }
      let name = String(decoding: file.bytes[at + 1..<at + 1 + length], as: UTF8.self)
      guard !name.isEmpty, positions.updateValue(position, forKey: name) == nil else {
        throw file.error(
          name.isEmpty ? "a sequence without a name" : "a second sequence named '\(name)'", at: at)
      }
      at += 1 + length
      offsets.append(
        version == 0
          ? try numbers.uint32(at: at, "the place of '\(name)'")
          : try numbers.uint64(at: at, "the place of '\(name)'"))
      at += version == 0 ? 4 : 8
      names.append(name)
    }
    self.names = names
    self.offsets = offsets
    self.positions = positions
  }

  /// The sequence called `name`; nil where there is none.
  ///
  /// - Throws: `GenomeError` with the byte where its record is damaged.
  public func sequence(named name: String) throws(GenomeError) -> TwoBitSequence? {
    guard let position = positions[name] else { return nil }
    return try sequence(at: position)
  }

  /// The sequence at a position of `names`.
  ///
  /// - Throws: `GenomeError` with the byte where its record is damaged.
  /// - Precondition: the position is one of `names.indices`.
  public func sequence(at position: Int) throws(GenomeError) -> TwoBitSequence {
    try TwoBitSequence(numbers, named: names[position], at: offsets[position])
  }

  /// Calls `body` with each sequence, in the order of `names`.
  ///
  /// Records that lie in each other, of which a small file could name any number, are refused: the work is
  /// bounded by the size of the file.
  ///
  /// - Throws: `GenomeError` with the byte where a record is damaged; whatever `body` throws.
  public func forEachSequence(_ body: (TwoBitSequence) throws -> Void) throws {
    var bytes = 0
    for position in names.indices {
      let sequence = try sequence(at: position)
      bytes += sequence.size
      // The file's header has 16 bytes.
      guard bytes <= numbers.file.size - 16 else {
        throw numbers.file.error(
          "the record of '\(sequence.name)' lies in that of another sequence; the file is damaged",
          at: offsets[position])
      }
      try body(sequence)
    }
  }
}
