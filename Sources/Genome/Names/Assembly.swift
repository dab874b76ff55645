/// Which human assembly a set of chromosomes is of, as their lengths tell.
///
/// Lengths: https://hgdownload.soe.ucsc.edu/goldenPath/hg19/bigZips/hg19.chrom.sizes and
/// https://hgdownload.soe.ucsc.edu/goldenPath/hg38/bigZips/hg38.chrom.sizes.
public enum Assembly: String, CaseIterable, Sendable {
  case hg19 = "hg19 (GRCh37)"
  case hg38 = "hg38 (GRCh38)"

  /// The assembly of chromosomes with these names (with or without "chr") and lengths in bases; nil where
  /// none of them is an autosome, X or Y, or where one has another length.
  public init?(of chromosomes: [Chromosome]) {
    let fitting = Assembly.allCases.first { assembly in
      let known = chromosomes.compactMap { chromosome in
        assembly.length(of: chromosome.name).map { $0 == chromosome.length }
      }
      return !known.isEmpty && known.allSatisfy(\.self)
    }
    guard let fitting else { return nil }
    self = fitting
  }

  private func length(of name: String) -> Int? {
    let short = name.hasPrefix("chr") ? String(name.dropFirst(3)) : name
    let place = short == "X" ? 22 : short == "Y" ? 23 : (Int(short) ?? 0) - 1
    return lengths.indices.contains(place) ? lengths[place] : nil
  }

  /// Of chromosomes 1 to 22, X and Y, in bases.
  private var lengths: [Int] {
    switch self {
    case .hg19:
      [
        249_250_621, 243_199_373, 198_022_430, 191_154_276, 180_915_260, 171_115_067,
        159_138_663, 146_364_022, 141_213_431, 135_534_747, 135_006_516, 133_851_895,
        115_169_878, 107_349_540, 102_531_392, 90_354_753, 81_195_210, 78_077_248,
        59_128_983, 63_025_520, 48_129_895, 51_304_566, 155_270_560, 59_373_566,
      ]
    case .hg38:
      [
        248_956_422, 242_193_529, 198_295_559, 190_214_555, 181_538_259, 170_805_979,
        159_345_973, 145_138_636, 138_394_717, 133_797_422, 135_086_622, 133_275_309,
        114_364_328, 107_043_718, 101_991_189, 90_338_345, 83_257_441, 80_373_285,
        58_617_616, 64_444_167, 46_709_983, 50_818_468, 156_040_895, 57_227_415,
      ]
    }
  }
}
