import DNA
import Files

/// A FASTA index, `.fai`: by sequence its name, length and the layout of its lines
/// (https://www.htslib.org/doc/faidx.html).
struct FASTAIndex {
  /// In the order of the file.
  let chromosomes: [Chromosome]

  /// As in 2bit: bounds the memory of the index. A stream of FASTA has no such bound.
  static let mostSequences = TwoBit.mostSequences

  /// Reads an index and refuses what no indexer writes: htslib divides by a line's length unseen.
  ///
  /// - Throws: `GenomeError` with the line; `FileError` where the file cannot be read.
  init(reading path: String) throws {
    let lines = try LineReader(path, longestLine: 1 << 16)
    var chromosomes: [Chromosome] = []
    var seen: Set<String> = []
    while let text = try lines.nextText() {
      func error(_ reason: String) -> GenomeError {
        GenomeError(reason, path: path, line: lines.lineNumber)
      }
      // To C a line ends at its first NUL: it would see another line than the one that is checked here.
      guard !text.utf8.contains(0) else { throw error("a NUL character in a FASTA index") }
      let columns = text.split(separator: "\t", omittingEmptySubsequences: false)
      let numbers = columns.dropFirst().prefix(4).compactMap { Int($0) }
      guard columns.count >= 5, numbers.count == 4, let name = columns.first, !name.isEmpty else {
        throw error("not a line of a FASTA index (name, length, offset, bases and bytes a line)")
      }
      let (length, offset, bases, bytes) = (numbers[0], numbers[1], numbers[2], numbers[3])
      guard length >= 0, offset >= 0, length < 1 << 48, offset < 1 << 48,
        length == 0 || (1...1 << 48).contains(bases), (bases...max(bases, 1 << 48)).contains(bytes)
      else { throw error("lengths that no FASTA has; remove the index, it is made anew") }
      guard seen.insert(String(name)).inserted else { throw error("a second sequence '\(name)'") }
      guard chromosomes.count < FASTAIndex.mostSequences else {
        throw error("more than \(FASTAIndex.mostSequences) sequences")
      }
      chromosomes.append(Chromosome(name: String(name), length: length))
    }
    self.chromosomes = chromosomes
  }

  /// Checks that the index of a bgzip file, `.gzi` (a count and so many pairs of 64-bit offsets), is as long as
  /// its count says: htslib allocates by the count unseen.
  ///
  /// - Throws: `GenomeError` where it is not; `FileError` where the file cannot be read.
  static func checkBlocks(_ path: String) throws {
    let file = try FileHandle.openRegular(path)
    let size = try file.size()
    let count = try file.read(upTo: 8, from: 0).reversed().reduce(UInt64(0)) {
      $0 << 8 | UInt64($1)
    }
    guard size >= 8, (size - 8) % 16 == 0, count == UInt64((size - 8) / 16) else {
      throw GenomeError(
        "\(size) bytes do not hold the \(count) blocks announced; remove the index, it is made anew",
        path: path, byte: 0)
    }
  }
}
