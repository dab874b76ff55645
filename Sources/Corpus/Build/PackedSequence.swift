import DNA
import Files
import Genome

/// Writes the sequence of a corpus: two bits a base, four bases a byte, the first in the highest bits, as in
/// UCSC's 2bit format, but with the codes of `Base` (A 0, T 1, C 2, G 3). Each chromosome begins at a byte.
///
/// Unknown bases are packed as A; their runs are kept apart. Eight zero bytes follow the last chromosome,
/// so that a reader may load a whole word at any base.
struct PackedSequenceWriter {
  struct Chromosome {
    let name: String
    var length = 0
    /// The runs of unknown bases, in order.
    var unknown: [Interval] = []
  }

  static let padding = 8

  private static let known: UInt64 = 0x0404_0404_0404_0404

  private(set) var chromosomes: [Chromosome] = []
  private let file: HashedFile
  /// Packed bytes not yet written.
  private var packed: [UInt8] = []
  /// The bases behind the last whole byte, the last in the lowest bits.
  private var byte: UInt8 = 0
  private var unknownStart: Int?

  init(_ path: String) throws(FileError) {
    file = try HashedFile(path)
    packed.reserveCapacity(1 << 16)
  }

  /// How many bytes a chromosome takes.
  static func bytes(forBases length: Int) -> Int { (length + 3) / 4 }

  mutating func begin(_ name: String) throws(FileError) {
    try end()
    chromosomes.append(Chromosome(name: name))
  }

  /// Adds bases to the chromosome begun last.
  ///
  /// Eight at a time where they are all known, or all unknown: the codes in a word tell by one bit each, and
  /// a multiplication brings four codes of two bits together in one byte.
  mutating func append(_ codes: UnsafeBufferPointer<UInt8>) throws(FileError) {
    guard var chromosome = chromosomes.popLast() else { return }
    let bytes = UnsafeRawBufferPointer(codes)
    var place = 0
    while place < codes.count {
      if chromosome.length & 3 == 0 {
        while place &+ 8 <= codes.count {
          let word = UInt64(
            littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
          let unknown = word & PackedSequenceWriter.known
          if unknown == 0 {
            if unknownStart != nil { endUnknown(&chromosome) }
            packed.append(PackedSequenceWriter.byte(UInt32(truncatingIfNeeded: word)))
            packed.append(PackedSequenceWriter.byte(UInt32(truncatingIfNeeded: word >> 32)))
          } else if unknown == PackedSequenceWriter.known {
            if unknownStart == nil { unknownStart = chromosome.length }
            packed.append(0)
            packed.append(0)
          } else {
            break
          }
          chromosome.length += 8
          place += 8
        }
        if place == codes.count { break }
      }
      append(codes[place], to: &chromosome)
      place += 1
    }
    chromosomes.append(chromosome)
    if packed.count >= 1 << 16 { try flush() }
  }

  private mutating func append(_ code: UInt8, to chromosome: inout Chromosome) {
    if code == Base.unknown {
      if unknownStart == nil { unknownStart = chromosome.length }
    } else if unknownStart != nil {
      endUnknown(&chromosome)
    }
    // The code of an unknown base, 4, leaves the two low bits 0.
    byte = byte << 2 | (code & 3)
    chromosome.length += 1
    if chromosome.length & 3 == 0 { packed.append(byte) }
  }

  private mutating func endUnknown(_ chromosome: inout Chromosome) {
    if let start = unknownStart { chromosome.unknown.append(Interval(start, chromosome.length)) }
    unknownStart = nil
  }

  /// Four codes, the first in the lowest byte, as one byte, the first in the highest bits.
  @inline(__always)
  private static func byte(_ codes: UInt32) -> UInt8 {
    // Code i is moved from bit 8 i to bit 30 - 2 i; no two products share a bit, so nothing is carried.
    UInt8(truncatingIfNeeded: (codes &* 0x4010_0401) >> 24)
  }

  private mutating func flush() throws(FileError) {
    try file.write(packed)
    packed.removeAll(keepingCapacity: true)
  }

  private mutating func end() throws(FileError) {
    guard var chromosome = chromosomes.popLast() else { return }
    endUnknown(&chromosome)
    let rest = chromosome.length & 3
    if rest != 0 { packed.append(byte << UInt8(2 * (4 - rest))) }
    byte = 0
    chromosomes.append(chromosome)
    try flush()
  }

  mutating func finish() throws(FileError) -> (bytes: Int, sha256: String) {
    try end()
    try file.write([UInt8](repeating: 0, count: PackedSequenceWriter.padding))
    return try file.finish()
  }
}
