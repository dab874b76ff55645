import DNA
import Files

/// A file of BED rows with an index, UCSC's bigBed (`BinaryIndexed` tells the sources of the format).
///
/// Safe to share between threads.
public struct BigBed: Sendable {
  /// One row.
  public struct Row: Hashable, Sendable {
    /// The row's bases; an insertion has none.
    public let interval: Interval
    /// The columns after the third, separated by tabs.
    public let rest: String
  }

  static let signature: UInt32 = 0x8789_F2EB

  let layout: BinaryIndexed

  /// The names and types of the columns in autoSql
  /// (https://genome.ucsc.edu/goldenPath/help/bigBed.html); empty where the file has none.
  public let autoSql: String

  /// Reads the header and the chromosomes.
  ///
  /// - Throws: `FileError` where the file cannot be read; `GenomeError` with the byte where it is no bigBed,
  ///   cut off or damaged.
  public init(_ path: String) throws { try self.init(BinaryFile(path)) }

  /// As `init(_:)`, of a file that is open.
  public init(_ file: BinaryFile) throws(GenomeError) {
    layout = try BinaryIndexed(file, magic: BigBed.signature, kind: "bigBed")
    let at = layout.autoSqlOffset
    guard at > 0 else {
      autoSql = ""
      return
    }
    try file.require(1, at: at, for: "the fields' description")
    let text = file.bytes[at..<min(file.size, at + 1 << 16)]
    autoSql = String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// Where the file is.
  public var path: String { layout.numbers.file.path }

  /// In the order of the file, which is that of the names' bytes.
  public var chromosomes: [Chromosome] { layout.chromosomes.all }

  /// Columns in a row, and those of them that are as in BED.
  public var columns: (all: Int, ofBED: Int) { layout.fields }

  /// Calls `body` with each row that overlaps `interval`, in the order of the file.
  ///
  /// - Throws: `GenomeError` where there is no such chromosome, the interval reaches past its end, or the
  ///   file is damaged (with the byte); whatever `body` throws.
  public func forEachRow(
    on chromosome: String, in interval: Interval, _ body: (Row) throws -> Void
  ) throws {
    let identifier = try layout.place(chromosome, interval)
    let isSwapped = layout.numbers.isSwapped
    let inflater = BlockInflater(layout.numbers.file, inflatedSize: layout.inflatedSize)
    try layout.blocks.forEachBlock(
      on: identifier, overlapping: interval.length > 0 ? [interval] : []
    ) { block in
      try inflater.withContent(of: block) { content in
        func uint32(_ offset: Int) -> Int {
          Int(BinaryNumbers.load(UInt32.self, from: content, at: offset, isSwapped: isSwapped))
        }
        var at = 0
        while at < content.count {
          guard content.count - at > 12,
            let nul = content[(at + 12)...].firstIndex(of: 0)
          else {
            throw layout.numbers.file.error(
              "a block whose last row is cut off", at: block.offset)
          }
          let row = Interval(uint32(at + 4), uint32(at + 8))
          if uint32(at) == identifier, row.start < interval.end, row.end > interval.start,
            row.start <= row.end
          {
            try body(
              Row(interval: row, rest: String(decoding: content[(at + 12)..<nul], as: UTF8.self)))
          }
          at = nul + 1
        }
      }
    }
  }
}
