/// Which chromosome a name means: `chr20`, `20`, `NC_000020.10` and `CM000682.1` mean one and the same.
public struct ChromosomeIdentity: Hashable, Sendable {
  /// A chromosome of a human or a mouse.
  public enum Label: Hashable, Sendable, CustomStringConvertible {
    case autosome(Int)
    case x
    case y
    case mitochondrion

    /// As UCSC writes it.
    public var description: String {
      switch self {
      case .autosome(let number): "chr\(number)"
      case .x: "chrX"
      case .y: "chrY"
      case .mitochondrion: "chrM"
      }
    }
  }

  /// The chromosome.
  public let label: Label
  /// The assembly that an accession with its version tells; nil where the name does not tell one.
  public let assembly: Assembly?
  /// Whether the name is the accession of a sequence that is no assembly's alone, a mitochondrion's: its
  /// length, which tells two such sequences apart.
  public let length: Int?

  /// What a name means; nil for scaffolds, patches, haplotypes and names that are not known here.
  public init?(_ name: String) {
    if let label = ChromosomeIdentity.plain(name) {
      self.init(label, nil)
    } else if let found = Accession(name)?.identity {
      self = found
    } else {
      return nil
    }
  }

  init(_ label: Label, _ assembly: Assembly?, length: Int? = nil) {
    self.label = label
    self.assembly = assembly
    self.length = length
  }

  /// `chr7`, `7`, `chrX`, `MT`.
  private static func plain(_ name: String) -> Label? {
    let short = name.hasPrefix("chr") ? name.dropFirst(3) : Substring(name)
    switch short {
    case "X": return .x
    case "Y": return .y
    case "M", "MT": return .mitochondrion
    default:
      guard let number = Int(short), (1...22).contains(number), String(number) == short else {
        return nil
      }
      return .autosome(number)
    }
  }
}

/// An accession with its version, `NC_000020.10`.
///
/// Sources: the assembly reports of GRCh37, GRCh38, T2T-CHM13v2.0, GRCm38 and GRCm39
/// (https://ftp.ncbi.nlm.nih.gov/genomes/all/GCF/000/001/405/, …/009/914/755/, …/000/001/635/). Within a species,
/// a new assembly raised the version of every chromosome by one.
private struct Accession {
  let prefix: Substring
  let number: Int
  let version: Int

  init?(_ name: String) {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, name.utf8.count <= 20, let version = Int(parts[1]) else { return nil }
    let digits = parts[0].suffix(while: { $0.isASCII && $0.isNumber })
    guard let number = Int(digits) else { return nil }
    prefix = parts[0].dropLast(digits.count)
    self.number = number
    self.version = version
  }

  var identity: ChromosomeIdentity? {
    switch prefix {
    case "NC_": refSeq
    case "CM": genBank
    case "CP": t2t
    case "J" where number == 1415 && version == 2: mitochondrion(16_569)
    case "AY" where number == 172_335 && version == 1: mitochondrion(16_299)
    default: nil
    }
  }

  private var refSeq: ChromosomeIdentity? {
    switch (number, version) {
    case (12_920, 1): return mitochondrion(16_569)
    case (1_807, 4): return mitochondrion(16_571)
    case (5_089, 1): return mitochondrion(16_299)
    case (60_925...60_948, 1): return human(number - 60_924, .hs1)
    case (1...24, _):
      let steps: [Assembly] = [.hg18, .hg19, .hg38]
      let step = version - Accession.versionsOfHg18[number - 1]
      return steps.indices.contains(step) ? human(number, steps[step]) : nil
    case (67...87, _):
      let steps: [Assembly] = [.mm9, .mm10, .mm39]
      // Chromosome 2, X and Y had one version more.
      let step = version - (number == 68 || number >= 86 ? 6 : 5)
      return steps.indices.contains(step) ? mouse(number - 66, steps[step]) : nil
    default: return nil
    }
  }

  private var genBank: ChromosomeIdentity? {
    switch (number, version) {
    case (663...686, 1): human(number - 662, .hg19)
    case (663...686, 2): human(number - 662, .hg38)
    case (994...1_014, 2): mouse(number - 993, .mm10)
    case (994...1_014, 3): mouse(number - 993, .mm39)
    default: nil
    }
  }

  private var t2t: ChromosomeIdentity? {
    switch (number, version) {
    case (68_255...68_277, 2): human(68_278 - number, .hs1)
    case (86_569, 2): human(24, .hs1)
    case (68_254, 1): mitochondrion(16_569)
    default: nil
    }
  }

  private func human(_ place: Int, _ assembly: Assembly) -> ChromosomeIdentity {
    ChromosomeIdentity(place == 23 ? .x : place == 24 ? .y : .autosome(place), assembly)
  }

  private func mouse(_ place: Int, _ assembly: Assembly) -> ChromosomeIdentity {
    ChromosomeIdentity(place == 20 ? .x : place == 21 ? .y : .autosome(place), assembly)
  }

  private func mitochondrion(_ length: Int) -> ChromosomeIdentity {
    ChromosomeIdentity(.mitochondrion, nil, length: length)
  }

  /// Of chromosomes 1 to 22, X and Y.
  private static let versionsOfHg18 = [
    9, 10, 10, 10, 8, 10, 12, 9, 10, 9, 8, 10, 9, 7, 8, 8, 9, 8, 8, 9, 7, 9, 9, 8,
  ]
}

extension Substring {
  fileprivate func suffix(while condition: (Character) -> Bool) -> Substring {
    var start = endIndex
    while start > startIndex, condition(self[index(before: start)]) { start = index(before: start) }
    return self[start...]
  }
}
