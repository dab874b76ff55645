import DNA
import Files
import Genome
import Glibc
import Tokens

/// A stretch of a sequence to encode.
struct Stretch {
  let chromosome: String
  /// 0-based.
  let start: Int
  var codes: [UInt8] = []

  /// The bases of a region; nil where it is not in this stretch.
  func part(_ region: RegionText) -> Stretch? {
    let end = region.end ?? start + codes.count
    guard region.chromosome == chromosome, start <= region.start, end <= start + codes.count else {
      return nil
    }
    return Stretch(
      chromosome: chromosome, start: region.start,
      codes: Array(codes[region.start - start..<end - start]))
  }

  /// The regions of a BED file, as text.
  static func regions(_ path: String) throws -> [String] {
    // A pipe that nobody writes to would be waited for.
    _ = try FileHandle.openRegular(path)
    var regions: [String] = []
    try BED.read(path) { row in
      regions.append("\(row.chromosome):\(row.interval.start + 1)-\(row.interval.end)")
    }
    return regions
  }
}

/// Writes tokens twice: as a table for people, a token a line, and as JSON for programs, a stretch a line.
struct TokenWriter {
  private let tokenizer: Tokenizer
  private let table: WrittenAside
  private let lines: WrittenAside
  private var encoder: TokenEncoder
  private var encoded = EncodedBases()
  /// How many tokens and bases were written.
  private(set) var tokens = 0
  private(set) var bases = 0
  /// Processor time of the encoding itself, in seconds.
  private(set) var seconds = 0.0

  init(_ tokenizer: Tokenizer, table: String, lines: String) throws(FileError) {
    self.tokenizer = tokenizer
    self.table = try WrittenAside(table)
    self.lines = try WrittenAside(lines)
    encoder = TokenEncoder(tokenizer)
    try self.table.file.write("chromosome\tstart\tend\tid\ttoken\n")
  }

  /// Positions are 0-based and half-open, as in BED.
  mutating func write(_ stretch: Stretch) throws(FileError) {
    let began = TokenWriter.processorTime()
    stretch.codes.withUnsafeBufferPointer { encoder.encode($0, into: &encoded) }
    seconds += TokenWriter.processorTime() - began
    var rows = ""
    for at in 0..<encoded.count {
      let start = stretch.start + Int(encoded.starts[at])
      rows +=
        "\(stretch.chromosome)\t\(start)\t\(start + Int(encoded.lengths[at]))\t\(encoded.ids[at])\t"
      rows += (tokenizer.text(encoded.ids[at]) ?? "") + "\n"
    }
    try table.file.write(rows)
    let line: JSON = [
      "chromosome": .string(stretch.chromosome), "start": .integer(stretch.start),
      "end": .integer(stretch.start + stretch.codes.count),
      "ids": .array(encoded.ids.map { .integer(Int($0)) }),
      "starts": .array(encoded.starts.map { .integer(stretch.start + Int($0)) }),
    ]
    try lines.file.write(line.text + "\n")
    tokens += encoded.count
    bases += stretch.codes.count
  }

  /// Of this thread.
  private static func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  func finish() throws(FileError) {
    try table.publish()
    try lines.publish()
  }
}

/// A file that gets its name when it is whole.
private struct WrittenAside {
  let file: FileHandle
  private let path: String

  init(_ path: String) throws(FileError) {
    self.path = path
    file = try FileHandle.create(path + ".partial")
  }

  func publish() throws(FileError) {
    try file.synchronize()
    try WholeFile.publish(path + ".partial", as: path)
  }
}
