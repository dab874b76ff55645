/// A reference assembly that is known here: by the lengths and the accessions of its chromosomes.
///
/// Lengths: UCSC's `chrom.sizes` (https://hgdownload.soe.ucsc.edu/goldenPath/DB/bigZips/DB.chrom.sizes with
/// `DB` of hg18, hg19, hg38, hs1, mm9, mm10, mm39).
public enum Assembly: String, CaseIterable, Sendable {
  case hg18 = "hg18 (NCBI36)"
  case hg19 = "hg19 (GRCh37)"
  case hg38 = "hg38 (GRCh38)"
  case hs1 = "hs1 (T2T-CHM13v2.0)"
  case mm9 = "mm9 (NCBI37)"
  case mm10 = "mm10 (GRCm38)"
  case mm39 = "mm39 (GRCm39)"

  /// UCSC's name.
  public var name: String { String(rawValue.prefix { $0 != " " }) }

  /// Whether it is a mouse's; else it is a human's.
  public var isMouse: Bool { self == .mm9 || self == .mm10 || self == .mm39 }

  /// The assembly of chromosomes with these names and lengths in bases; nil where none of them is an
  /// autosome, X or Y, or where one has another length.
  ///
  /// The mitochondrion is not asked: GRCh37 has the revised Cambridge sequence, UCSC's hg19 an older one.
  public init?(of chromosomes: [Chromosome]) {
    let identities = chromosomes.map { (ChromosomeIdentity($0.name)?.label, $0.length) }
    let fitting = Assembly.allCases.first { assembly in
      let known = identities.compactMap { label, length -> Bool? in
        guard let label, label != .mitochondrion else { return nil }
        return assembly.length(of: label) == length
      }
      return !known.isEmpty && known.allSatisfy(\.self)
    }
    guard let fitting else { return nil }
    self = fitting
  }

  /// The length of a chromosome in bases; nil for one that the species does not have.
  public func length(of label: ChromosomeIdentity.Label) -> Int? {
    switch label {
    case .mitochondrion: isMouse ? 16_299 : self == .hg18 || self == .hg19 ? 16_571 : 16_569
    case .x: lengths[lengths.count - 2]
    case .y: lengths[lengths.count - 1]
    case .autosome(let number):
      (1...lengths.count - 2).contains(number) ? lengths[number - 1] : nil
    }
  }

  /// The assemblies of a species that ends on these chromosomes fit: none reaches past its chromosome.
  ///
  /// - Parameter ends: the end of the last interval on each chromosome, by its name; names that are not
  ///   those of chromosomes do not count.
  public static func fitting(_ ends: [String: Int]) -> [Assembly] {
    let known = ends.compactMap { name, end in ChromosomeIdentity(name).map { ($0.label, end) } }
    if known.isEmpty { return [] }
    return allCases.filter { assembly in
      known.allSatisfy { label, end in assembly.length(of: label).map { end <= $0 } ?? false }
    }
  }

  /// The one assembly whose chromosomes all end where these segmentations do, within a bin: segmentations
  /// reach to the last whole bin of each chromosome, so that they tell their assembly.
  ///
  /// - Parameter ends: as in `fitting`.
  public static func endingAt(_ ends: [String: Int], bin: Int) -> Assembly? {
    let known = ends.compactMap { name, end in ChromosomeIdentity(name).map { ($0.label, end) } }
      .filter { $0.0 != .mitochondrion }
    let found = allCases.filter { assembly in
      !known.isEmpty
        && known.allSatisfy { label, end in
          assembly.length(of: label).map { (0..<max(bin, 1)).contains($0 - end) } ?? false
        }
    }
    return found.count == 1 ? found.first : nil
  }

  /// Of the autosomes, X and Y, in bases.
  private var lengths: [Int] {
    switch self {
    case .hg18:
      [
        247_249_719, 242_951_149, 199_501_827, 191_273_063, 180_857_866, 170_899_992,
        158_821_424, 146_274_826, 140_273_252, 135_374_737, 134_452_384, 132_349_534,
        114_142_980, 106_368_585, 100_338_915, 88_827_254, 78_774_742, 76_117_153,
        63_811_651, 62_435_964, 46_944_323, 49_691_432, 154_913_754, 57_772_954,
      ]
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
    case .hs1:
      [
        248_387_328, 242_696_752, 201_105_948, 193_574_945, 182_045_439, 172_126_628,
        160_567_428, 146_259_331, 150_617_247, 134_758_134, 135_127_769, 133_324_548,
        113_566_686, 101_161_492, 99_753_195, 96_330_374, 84_276_897, 80_542_538,
        61_707_364, 66_210_255, 45_090_682, 51_324_926, 154_259_566, 62_460_029,
      ]
    case .mm9:
      [
        197_195_432, 181_748_087, 159_599_783, 155_630_120, 152_537_259, 149_517_037,
        152_524_553, 131_738_871, 124_076_172, 129_993_255, 121_843_856, 121_257_530,
        120_284_312, 125_194_864, 103_494_974, 98_319_150, 95_272_651, 90_772_031,
        61_342_430, 166_650_296, 15_902_555,
      ]
    case .mm10:
      [
        195_471_971, 182_113_224, 160_039_680, 156_508_116, 151_834_684, 149_736_546,
        145_441_459, 129_401_213, 124_595_110, 130_694_993, 122_082_543, 120_129_022,
        120_421_639, 124_902_244, 104_043_685, 98_207_768, 94_987_271, 90_702_639,
        61_431_566, 171_031_299, 91_744_698,
      ]
    case .mm39:
      [
        195_154_279, 181_755_017, 159_745_316, 156_860_686, 151_758_149, 149_588_044,
        144_995_196, 130_127_694, 124_359_700, 130_530_862, 121_973_369, 120_092_757,
        120_883_175, 125_139_656, 104_073_951, 98_008_968, 95_294_699, 90_720_763,
        61_420_004, 169_476_592, 91_455_967,
      ]
    }
  }
}
