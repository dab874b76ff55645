import Files
import Genome

/// Whether files are of the assembly that the sequence is of, told by where their intervals end.
struct AssemblyCheck {
  /// Of the sequence; nil where its lengths are those of no assembly that is known here.
  let assembly: Assembly?
  private let sequence: SequenceSurvey
  private let bin: Int

  init(_ sequence: SequenceSurvey, bin: Int) {
    assembly = Assembly(of: sequence.chromosomes)
    self.sequence = sequence
    self.bin = bin
  }

  /// What the ends of a file's intervals say.
  ///
  /// - Parameter coversChromosomes: whether the file gives each base something, as a segmentation does: then
  ///   its ends are those of the chromosomes.
  func findings(ends: [String: Int], coversChromosomes: Bool, path: String) -> Findings {
    var findings = Findings()
    // An interval that ends a base too far is a fault of its row, not of the file's assembly.
    let past = sequence.records.filter { (ends[$0.name] ?? 0) > $0.length + bin }
    let told = coversChromosomes ? Assembly.endingAt(ends, bin: bin) : nil
    guard past.isEmpty, told == nil || assembly == nil || told == assembly else {
      let reason =
        told.map { "its last segments end where the chromosomes of \($0.rawValue) end" }
        ?? (past.first.map {
          "it reaches to \(ends[$0.name] ?? 0) on \($0.name), which has \($0.length) bases"
        } ?? "")
      findings.add(
        .error, "assembly", "\(reason); the sequence is \(name). \(advice(told, ends))", path: path)
      return findings
    }
    return findings
  }

  private var name: String {
    if let assembly { return "\(assembly.rawValue), as its lengths tell" }
    return "of an assembly that is not known here"
  }

  private func advice(_ told: Assembly?, _ ends: [String: Int]) -> String {
    if let told { return "Take the sequence of \(told.name), or lift the file over" }
    let fitting = Assembly.fitting(ends).filter { $0.isMouse == (assembly?.isMouse ?? false) }
    if fitting.isEmpty { return "Its coordinates fit no assembly that is known here" }
    return "Its coordinates fit " + fitting.map(\.rawValue).joined(separator: ", ")
  }
}
