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

  private(set) var chromosomes: [Chromosome] = []
  private let file: HashedFile
  private var byte: UInt8 = 0
  private var unknownStart: Int?

  init(_ path: String) throws(FileError) { file = try HashedFile(path) }

  /// How many bytes a chromosome takes.
  static func bytes(forBases length: Int) -> Int { (length + 3) / 4 }

  mutating func begin(_ name: String) throws(FileError) {
    try end()
    chromosomes.append(Chromosome(name: name))
  }

  mutating func append(_ codes: UnsafeBufferPointer<UInt8>) throws(FileError) {
    guard var chromosome = chromosomes.popLast() else { return }
    for code in codes {
      if code == Base.unknown {
        if unknownStart == nil { unknownStart = chromosome.length }
      } else if let start = unknownStart {
        chromosome.unknown.append(Interval(start, chromosome.length))
        unknownStart = nil
      }
      // The code of an unknown base, 4, leaves the two low bits 0.
      byte = byte << 2 | (code & 3)
      chromosome.length += 1
      if chromosome.length & 3 == 0 { try file.write(byte) }
    }
    chromosomes.append(chromosome)
  }

  private mutating func end() throws(FileError) {
    guard var chromosome = chromosomes.popLast() else { return }
    if let start = unknownStart { chromosome.unknown.append(Interval(start, chromosome.length)) }
    unknownStart = nil
    let rest = chromosome.length & 3
    if rest != 0 { try file.write(byte << UInt8(2 * (4 - rest))) }
    byte = 0
    chromosomes.append(chromosome)
  }

  mutating func finish() throws(FileError) -> (bytes: Int, sha256: String) {
    try end()
    try file.write([UInt8](repeating: 0, count: PackedSequenceWriter.padding))
    return try file.finish()
  }
}
