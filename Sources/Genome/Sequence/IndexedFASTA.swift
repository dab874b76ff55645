import DNA
import Files
import Glibc

/// Regions of a FASTA file, plain or bgzip, through htslib's index (`.fai`, and `.gzi` for bgzip).
///
/// An index beside the file is used unless it is older than the file; otherwise one is made elsewhere, never
/// beside the file. Not shared between threads: open it once in each.
public final class IndexedFASTA {
  /// The file.
  public let path: String
  /// The sequences in the order of the file.
  public let chromosomes: [Chromosome]
  private let lengths: [String: Int]
  private let library: HTSLib
  private let index: OpaquePointer

  /// Opens a file.
  ///
  /// - Parameter indexDirectory: where an index is made that is missing, and found the next time; nil for a
  ///   temporary directory that is removed at once.
  /// - Throws: `GenomeError` or `FileError` where the file is not FASTA, is gzip but not bgzip, or its lines
  ///   differ in length inside a sequence; or where the index is damaged.
  public init(_ path: String, indexDirectory: String? = nil) throws {
    library = try HTSLib.open()
    self.path = path
    let compression = try Compression(of: path)
    if compression == .gzip {
      throw GenomeError(
        "it is gzip, which has no places to enter; pack it with bgzip to read regions", path: path)
    }
    let isBlocked = compression == .bgzip
    if try IndexedFASTA.isFresh(path, isBlocked, in: Path.parent(path)) {
      (index, chromosomes) = try IndexedFASTA.load(
        path, isBlocked, from: Path.parent(path), library)
    } else {
      let directory = try indexDirectory ?? Path.createTemporaryDirectory()
      defer { if indexDirectory == nil { try? Path.remove(directory) } }
      if try !IndexedFASTA.isFresh(path, isBlocked, in: directory) {
        try IndexedFASTA.build(path, isBlocked, in: directory, library)
      }
      (index, chromosomes) = try IndexedFASTA.load(path, isBlocked, from: directory, library)
    }
    lengths = Dictionary(chromosomes.map { ($0.name, $0.length) }) { first, _ in first }
  }

  deinit { library.faiDestroy(index) }

  /// The letters of `interval` as the file has them.
  ///
  /// - Throws: `GenomeError` where there is no such sequence, the interval reaches past its end, or the file
  ///   is cut off, damaged or not the one that was indexed.
  public func letters(on chromosome: String, in interval: Interval) throws -> [UInt8] {
    guard let length = lengths[chromosome] else {
      let hint = ChromosomeNames.hint(for: chromosome, among: chromosomes.map(\.name))
      throw GenomeError("no sequence '\(chromosome)': \(hint)", path: path)
    }
    guard 0 <= interval.start, interval.start <= interval.end, interval.end <= length else {
      throw GenomeError(
        "\(chromosome):\(interval.start + 1)-\(interval.end) reaches past the end of \(chromosome), "
          + "which has \(length) bases", path: path)
    }
    var letters: [UInt8] = []
    letters.reserveCapacity(interval.length)
    var start = interval.start
    while start < interval.end {
      let end = min(interval.end, start + 1 << 20)
      var count: Int64 = 0
      // htslib's ends are inclusive.
      let text = library.faiFetch(index, chromosome, Int64(start), Int64(end - 1), &count)
      defer { free(text) }
      guard let text, count == end - start else {
        throw GenomeError(
          "\(chromosome):\(start + 1)-\(end) cannot be read; the file is cut off or damaged, or its "
            + "index is of another file", path: path)
      }
      text.withMemoryRebound(to: UInt8.self, capacity: end - start) {
        letters.append(contentsOf: UnsafeBufferPointer(start: $0, count: end - start))
      }
      start = end
    }
    return letters
  }

  /// The bases of `interval` as codes of `Base`.
  ///
  /// - Throws: as `letters`, and where a byte is no letter of IUPAC's alphabet.
  public func codes(on chromosome: String, in interval: Interval) throws -> [UInt8] {
    var codes = try letters(on: chromosome, in: interval)
    for position in codes.indices {
      let code = Base.codes[Int(codes[position])]
      guard code != Base.invalid else {
        throw GenomeError(
          "\(quoted(codes[position])) at \(chromosome):\(interval.start + position + 1) is not a "
            + "nucleotide letter", path: path)
      }
      codes[position] = code
    }
    return codes
  }

  private static func files(
    _ path: String, _ isBlocked: Bool, in directory: String
  ) -> (fai: String, gzi: String?) {
    let base = "\(directory)/\(Path.name(path))"
    return ("\(base).fai", isBlocked ? "\(base).gzi" : nil)
  }

  /// Whether the index is there and not older than the file.
  private static func isFresh(
    _ path: String, _ isBlocked: Bool, in directory: String
  ) throws(FileError) -> Bool {
    let names = files(path, isBlocked, in: directory)
    let changed = try changeTime(path)
    for index in [names.fai, names.gzi].compactMap(\.self) {
      guard Path.exists(index), try changeTime(index) >= changed else { return false }
    }
    return true
  }

  private static func changeTime(_ path: String) throws(FileError) -> Int {
    var status = stat()
    guard stat(path, &status) == 0 else { throw FileError("inspect", path, errno: errno) }
    return status.st_mtim.tv_sec
  }

  /// Writes the index aside and gives it its name when it is whole.
  private static func build(
    _ path: String, _ isBlocked: Bool, in directory: String, _ library: HTSLib
  ) throws {
    // htslib tells what is wrong only on stderr and remembers any number of names: our own reader, which takes
    // a tenth of a second for 100 MB, looks first.
    var count = 0
    try FASTA.read(path) { _ in
      count += 1
      guard count <= FASTAIndex.mostSequences else {
        throw GenomeError("more than \(FASTAIndex.mostSequences) sequences", path: path)
      }
    } bases: { _ in
    }
    let names = files(path, isBlocked, in: directory)
    let aside = [names.fai, names.gzi].map { $0.map { "\($0).partial-\(getpid())" } }
    defer { for file in aside { if let file { unlink(file) } } }
    guard library.faiBuild(path, aside[0], aside[1]) == 0 else {
      throw GenomeError(
        "it cannot be indexed: lines of a sequence differ in length, a byte order mark stands before the first "
          + "'>', or the index cannot be written to \(directory); write the sequences with lines of one length",
        path: path)
    }
    // The one that is looked for last comes last.
    for (file, name) in zip(aside.reversed(), [names.gzi, names.fai]) {
      guard let file, let name else { continue }
      try WholeFile.synchronizeTree(file)
      try WholeFile.publish(file, as: name)
    }
  }

  private static func load(
    _ path: String, _ isBlocked: Bool, from directory: String, _ library: HTSLib
  ) throws -> (OpaquePointer, [Chromosome]) {
    let names = files(path, isBlocked, in: directory)
    let checked = try FASTAIndex(reading: names.fai)
    if let blocks = names.gzi { try FASTAIndex.checkBlocks(blocks) }
    guard let index = library.faiLoad(path, names.fai, names.gzi, 0) else {
      throw GenomeError("its index is damaged; remove it, it is made anew", path: names.fai)
    }
    return (index, checked.chromosomes)
  }
}
