import DNA

/// The names of chromatin states and their order.
///
/// Segmentations number their states: `7_Enh` (ChromHMM's and IDEAS' mnemonics), `E7` (ChromHMM's segments,
/// the letter being its ordering: E, T or U), `7` (Segway). States are ordered by that number; names
/// without one follow, by their bytes.
public enum StateNames {
  /// The name of state 0: no segmentation here, or a special token.
  public static let none = "none"
  /// A state is stored in a byte, 0 is `none`.
  public static let most = 255

  /// The number in a state's name; nil where there is none.
  public static func number(in name: String) -> Int? {
    var digits = Substring(name)
    if let first = digits.first, first == "E" || first == "T" || first == "U" {
      digits = digits.dropFirst()
      // "E7" is a number, "Enh" and "E7_x" are not.
      guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    } else {
      digits = digits.prefix { $0 != "_" }
    }
    guard digits.utf8.count <= 6, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return nil
    }
    return Int(digits)
  }

  /// The names in the order of their ids 1, 2, ...
  ///
  /// - Throws: `GenomeError` where two names have one number: then the segmentations are not of one model.
  public static func ordered(_ names: [String]) throws(GenomeError) -> [String] {
    let numbered = names.map { (number: number(in: $0) ?? Int.max, name: $0) }
      .sorted {
        $0.number != $1.number
          ? $0.number < $1.number
          : Array($0.name.utf8).lexicographicallyPrecedes(Array($1.name.utf8))
      }
    for (one, other) in zip(numbered, numbered.dropFirst())
    where one.number == other.number && one.number != Int.max {
      throw GenomeError(
        "two names for state \(one.number): '\(one.name)' and '\(other.name)'; all segmentations "
          + "must be of one model and spell its states alike")
    }
    return numbered.map(\.name)
  }
}
