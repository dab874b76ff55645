import DNA

/// A region as people write it: `chr20`, or `chr20:50,000,001-63,025,520`.
///
/// The notation of genome browsers and samtools (https://www.htslib.org/doc/samtools.html, "Regions"):
/// positions count from 1 and the last base is included; commas are allowed; the end may be left out.
/// `interval` is the same stretch 0-based and half-open.
public struct RegionText: Hashable, Sendable, CustomStringConvertible {
  /// The chromosome's name.
  public let chromosome: String
  /// 0-based start; 0 for a whole chromosome.
  public let start: Int
  /// Half-open end; nil where the region reaches to the end of the chromosome.
  public let end: Int?

  /// Reads a region.
  ///
  /// - Throws: `GenomeError` that shows the accepted forms.
  public init(parsing text: String) throws(GenomeError) {
    // Names of HLA alleles contain colons, so only what follows the last one can be positions.
    if let colon = text.lastIndex(of: ":"),
      let range = try RegionText.positions(text[text.index(after: colon)...], in: text)
    {
      chromosome = String(text[..<colon])
      (start, end) = range
    } else {
      chromosome = text
      (start, end) = (0, nil)
    }
    let isPlain = chromosome.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    guard !chromosome.isEmpty, isPlain else {
      throw RegionText.malformed(text)
    }
  }

  /// Puts regions together again that a command line has split at the commas of their numbers: a piece of three
  /// digits, alone or before a dash, goes on with the region before it.
  public static func rejoined(_ pieces: [String]) -> [String] {
    var regions: [String] = []
    for piece in pieces {
      let digits = piece.utf8.prefix { (0x30...0x39).contains($0) }.count
      let rest = piece.utf8.dropFirst(digits).first
      if let last = regions.last, last.contains(":"), digits == 3, rest == nil || rest == 0x2D {
        regions[regions.count - 1] = "\(last),\(piece)"
      } else {
        regions.append(piece)
      }
    }
    return regions
  }

  /// The region in the notation that `init(parsing:)` reads.
  public var description: String {
    if start == 0 && end == nil { return chromosome }
    return "\(chromosome):\(start + 1)-\(end.map(String.init) ?? "")"
  }

  /// The region on a chromosome of `length` bases.
  ///
  /// - Throws: `GenomeError` where it reaches past the end.
  public func interval(onLength length: Int) throws(GenomeError) -> Interval {
    guard start < length, (end ?? length) <= length else {
      throw GenomeError(
        "the region \(self) reaches past the end of \(chromosome), which has \(length) bases")
    }
    return Interval(start, end ?? length)
  }

  private static func positions(
    _ text: Substring, in whole: String
  ) throws(GenomeError) -> (Int, Int?)? {
    guard let first = text.utf8.first, (0x30...0x39).contains(first),
      text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2C || $0 == 0x2D })
    else { return nil }
    // No dash, for instance "HLA-A*01:02": part of a name.
    guard let dash = text.firstIndex(of: "-") else { return nil }
    let endText = text[text.index(after: dash)...]
    guard let start = number(text[..<dash]), start >= 1 else { throw malformed(whole) }
    if endText.isEmpty { return (start - 1, nil) }
    guard let end = number(endText), end >= start else { throw malformed(whole) }
    return (start - 1, end)
  }

  private static func number(_ text: Substring) -> Int? {
    let digits = text.utf8.filter { $0 != 0x2C }
    guard digits.count <= 15 else { return nil }
    return Int(String(decoding: digits, as: UTF8.self))
  }

  private static func malformed(_ text: String) -> GenomeError {
    GenomeError(
      "'\(text)' is not a region; write chr20, or chr20:50,000,001-63,025,520 (first and last base, "
        + "counted from 1)")
  }
}
