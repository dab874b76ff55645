import Files
import Genome

/// Whether states and sequence belong together, as the sequence itself tells.
///
/// Promoters of active genes lie in CpG islands, so that the states of promoters are many times richer in
/// CpG than quiescent chromatin: in GM12878's 25-state segmentation on hg19, 22.6 CpG in 200 bases of 1_TssA
/// and 2.0 of 25_Quies. The same states on the sequence shifted by 100,000 bases: 3.0. So a segmentation of
/// another assembly, or a sequence that lost some bases, is seen even where all coordinates fit.
struct ContentCheck: Sendable {
  /// A state of a cell type.
  struct State: Sendable {
    let name: String
    let bases: Int
    let known: Int
    /// CpG dinucleotides in 200 known bases.
    let cpg: Double
  }

  let cellType: String
  /// In the order of their numbers.
  let states: [State]

  /// Bases of promoters below which nothing is concluded.
  static let enough = 10_000
  /// A promoter state with less than this many times the CpG of the quiescent one does not fit.
  static let least = 2.0
  /// With less than this it is doubtful: whole segmentations that fit have 5 and more.
  static let doubtful = 3.0

  init(_ cellType: String, _ content: [SegmentationSurvey.StateContent], names: [String]) {
    self.cellType = cellType
    states = zip(names, content).map { name, content in
      let known = content.bases - content.unknown
      return State(
        name: name, bases: content.bases, known: known,
        cpg: known == 0 ? 0 : Double(content.cpg) * 200 / Double(known))
    }.sorted { (Self.order($0.name), $0.name) < (Self.order($1.name), $1.name) }
  }

  private static func order(_ name: String) -> Int { StateNames.number(in: name) ?? Int.max }

  /// The promoter state richest in CpG, and the quiescent state. Where names do not tell, the richest state
  /// and the most common. Nil where too few bases are known.
  var extremes: (promoter: State, quiescent: State, isNamed: Bool)? {
    let judged = states.filter { $0.known >= Self.enough }
    let promoters = judged.filter { Self.isPromoter($0.name) }
    let quiet = judged.filter { Self.isQuiescent($0.name) }
    let isNamed = states.contains { Self.isPromoter($0.name) }
    guard
      let promoter = (isNamed ? promoters : judged).max(by: { $0.cpg < $1.cpg }),
      let quiescent = (quiet.isEmpty ? judged : quiet).max(by: { $0.known < $1.known })
    else { return nil }
    return (promoter, quiescent, isNamed)
  }

  /// How many times richer in CpG the promoters are; nil where too few bases are known.
  var contrast: Double? {
    guard let extremes, extremes.quiescent.cpg > 0 else { return nil }
    return extremes.promoter.cpg / extremes.quiescent.cpg
  }

  /// `1_TssA`, `2_PromU`, `1_Active_TSS`.
  static func isPromoter(_ name: String) -> Bool {
    let label = Self.label(name)
    return label.hasPrefix("tss") || label.hasPrefix("prom") || label.hasPrefix("active_tss")
  }

  /// `18_Quies`, `18_Quiescent/low_signal`.
  static func isQuiescent(_ name: String) -> Bool { Self.label(name).hasPrefix("quies") }

  private static func label(_ name: String) -> String {
    let rest = name.drop { $0.isNumber }
    return (rest.first == "_" ? rest.dropFirst() : Substring(name)).lowercased()
  }

  func findings(path: String) -> Findings {
    var findings = Findings()
    if let extremes, let contrast, contrast < Self.doubtful {
      let (promoter, quiescent) = (extremes.promoter, extremes.quiescent)
      let isError = contrast < Self.least && extremes.isNamed
      findings.add(
        isError ? .error : .warning, "content",
        "\(cellType): \(tenths(promoter.cpg)) CpG in 200 bases of \(promoter.name), "
          + "\(tenths(quiescent.cpg)) of \(quiescent.name); where states and sequence fit, promoters have 5 "
          + "times as many or more. Is the sequence shifted or of another assembly?", path: path)
    }
    if let common = states.max(by: { $0.bases < $1.bases }) {
      let others = states.filter { $0.name != common.name }
      let bases = others.reduce(0) { $0 + $1.bases }
      let unknown = others.reduce(0) { $0 + $1.bases - $1.known }
      if unknown * 50 > bases {
        findings.add(
          .warning, "unknown-bases",
          "\(cellType): \(percent(unknown, of: bases)) % of the bases in states other than "
            + "\(common.name) lie on unknown bases (N); is part of the sequence masked, or is it of another "
            + "assembly?", path: path)
      }
    }
    return findings
  }
}

/// A number with one digit behind the point.
func tenths(_ value: Double) -> String {
  let tenths = Int((value * 10).rounded())
  return "\(tenths / 10).\(tenths % 10)"
}

/// Per cent with one digit behind the point.
func percent(_ part: Int, of whole: Int) -> String {
  whole == 0 ? "0" : tenths(Double(part) / Double(whole) * 100)
}
