/// The code of a DNA base: A 0, T 1, C 2, G 3, and 4 for an unknown base.
///
/// The order A, T, C, G is that of DNABERT's vocabulary, so that the two-bit digits of a k-mer, first
/// base first, are its rank there. It also makes the complement of a known base `code ^ 1`.
public enum Base {
  /// The code of an unknown base (`N`).
  public static let unknown: UInt8 = 4

  /// Marks a byte that is no base at all.
  public static let invalid: UInt8 = 255

  /// The letters of the known bases, by code.
  public static let letters: [UInt8] = Array("ATCG".utf8)

  /// Code by ASCII byte. Lower case, a soft mask in UCSC's files, is the same base. The other letters of
  /// IUPAC's alphabet (Cornish-Bowden 1985, doi:10.1093/nar/13.9.3021) and the hard mask `X` are unknown
  /// bases; everything else is invalid.
  public static let codes: [UInt8] = {
    var codes = [UInt8](repeating: invalid, count: 256)
    for (code, letter) in letters.enumerated() { codes[Int(letter)] = UInt8(code) }
    for letter in "NRYSWKMBDHVX".utf8 { codes[Int(letter)] = unknown }
    for letter in UInt8(ascii: "A")...UInt8(ascii: "Z") {
      codes[Int(letter) + 32] = codes[Int(letter)]
    }
    return codes
  }()
}
