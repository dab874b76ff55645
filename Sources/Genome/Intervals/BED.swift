import DNA
import Files

/// Rows of BED and of the formats built on it: BED3 to BED12, narrowPeak, broadPeak, gappedPeak, bedGraph,
/// ChromHMM's and Segway's segmentations (https://samtools.github.io/hts-specs/BEDv1.pdf).
public enum BED {
  /// The largest coordinate accepted: far above any chromosome (the lungfish's is 5e9), far below overflow.
  public static let largestCoordinate = 1 << 40
  /// The longest line accepted, in bytes. A BED12 row of the largest human gene has 5 kB.
  static let longestLine = 1 << 20
  /// The longest name of a chromosome, in bytes.
  static let longestName = 255

  /// Calls `body` with each row of a file, plain or gzip; empty lines, comments (`#`), `track` and
  /// `browser` lines are skipped. Columns are separated by tabs, or by spaces in a line without tabs.
  ///
  /// - Throws: `GenomeError` with file and line where a row has fewer than three columns, a coordinate that
  ///   is not a number from 0 to 2^40, or an end that is not after its start; `FileError` where the file
  ///   cannot be read; whatever `body` throws.
  public static func read(_ path: String, _ body: (Row) throws -> Void) throws {
    try read(path, faults: { throw $0 }, body)
  }

  /// As `read`, but a row that cannot be understood goes to `faults`, which may throw to stop the reading
  /// or return to go on with the next line.
  public static func read(
    _ path: String, faults: (GenomeError) throws -> Void, _ body: (Row) throws -> Void
  ) throws {
    let lines = try LineReader(path, longestLine: longestLine)
    var chromosome = ""
    while true {
      let line: Void? = try lines.next { line in
        if isSkipped(line) { return }
        // Rows come in runs of one chromosome: `chromosome` makes its String once a run.
        let row: Row
        do throws(GenomeError) {
          row = try Row(line, path: path, number: lines.lineNumber, &chromosome)
        } catch {
          try faults(error)
          return
        }
        try body(row)
      }
      if line == nil { return }
    }
  }

  /// What keeps a sequence of this name out of BED: its rows would be read as comments, or refused; nil where
  /// nothing does.
  public static func fault(ofName name: String) -> String? {
    if name.utf8.count > longestName {
      return "a name of \(name.utf8.count) bytes; at most \(longestName) are allowed"
    }
    if name.utf8.first == UInt8(ascii: "#") || name == "track" || name == "browser" {
      return "the name '\(name)' would make a comment of its rows in BED; rename it"
    }
    return nil
  }

  private static func isSkipped(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let first = line.first else { return true }
    switch first {
    case UInt8(ascii: "#"): return true
    case UInt8(ascii: "t"): return isWord("track", in: line)
    case UInt8(ascii: "b"): return isWord("browser", in: line)
    case 0x20, 0x09: return line.allSatisfy { $0 == 0x20 || $0 == 0x09 }
    default: return false
    }
  }

  private static func isWord(_ word: String, in line: UnsafeBufferPointer<UInt8>) -> Bool {
    guard line.starts(with: word.utf8) else { return false }
    return line.count == word.utf8.count || line[word.utf8.count] == 0x20
      || line[word.utf8.count] == 0x09
  }
}
