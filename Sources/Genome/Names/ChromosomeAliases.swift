import DNA
import Files

/// Which chromosome of the sequence a name in another file means.
///
/// A name that the sequence has means that sequence, whatever else it may mean. Another name is refused
/// unless mapping was asked for: a wrong guess would join the states of one chromosome to the bases of
/// another and nothing would ever tell. When it was asked for, a name is mapped where it can mean one
/// sequence only, and the lengths that are known agree:
///
/// - `20` and `chr20`, `II` and `chrII`, and the RefSeq and GenBank accessions of human and mouse chromosomes, which name an
///   assembly too: the sequence must have that assembly's length;
/// - `MT` and `chrM` only where nothing says that they differ: GRCh37's MT has 16,569 bases, the chrM of
///   UCSC's hg19 has 16,571, and positions in one are not positions in the other;
/// - names that a `chromAlias.txt` table puts on one line (https://genome.ucsc.edu/FAQ/FAQdownloads.html).
public struct ChromosomeAliases: Sendable {
  /// What to do with a name that the sequence does not have.
  public enum Policy: String, Sendable, CaseIterable {
    /// Refuse it, and say what it could be mapped to.
    case refuse
    /// Map it where that is certain.
    case map
  }

  /// What became of a name.
  public enum Resolution: Equatable, Sendable {
    /// The sequence has it: its position among the sequence's chromosomes.
    case exact(Int)
    /// It was mapped: the position.
    case mapped(Int)
    /// It could be mapped, but that was not asked for: the position and words about it.
    case refused(Int, reason: String)
    /// It means a chromosome that the sequence has in another version: words about it.
    case conflicting(reason: String)
    /// The sequence does not have it.
    case absent
  }

  private let chromosomes: [Chromosome]
  private let policy: Policy
  private let positions: [String: Int]
  private let byLabel: [ChromosomeIdentity.Label: [Int]]
  /// By name: the other names on its line of the table.
  private let table: [String: [String]]

  /// - Parameters:
  ///   - chromosomes: of the sequence.
  ///   - table: a `chromAlias.txt`: names of one sequence on one line, separated by tabs.
  /// - Throws: `GenomeError` where the table has no names; `FileError` where it cannot be read.
  public init(_ chromosomes: [Chromosome], _ policy: Policy, table path: String? = nil) throws {
    self.chromosomes = chromosomes
    self.policy = policy
    positions = Dictionary(
      chromosomes.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    byLabel = Dictionary(
      grouping: chromosomes.indices.compactMap { index in
        ChromosomeIdentity(chromosomes[index].name).map { (label: $0.label, index: index) }
      }, by: \.label
    ).mapValues { $0.map(\.index) }
    let positions = positions
    table = try path.map { try ChromosomeAliases.read($0, known: positions) } ?? [:]
  }

  /// What a name means.
  public func resolve(_ name: String) -> Resolution {
    if let position = positions[name] { return .exact(position) }
    if let others = table[name] {
      let found = Set(others.compactMap { positions[$0] })
      if found.count == 1, let position = found.first { return allow(position, name) }
    }
    guard let meant = ChromosomeIdentity(name) else {
      // Chromosomes of other species, scaffolds: only the two spellings are known.
      return positions[ChromosomeNames.otherSpelling(of: name)].map { allow($0, name) } ?? .absent
    }
    guard let candidates = byLabel[meant.label] else { return .absent }
    guard candidates.count == 1, let position = candidates.first else { return .absent }
    if let reason = conflict(name, meant, chromosomes[position]) {
      return .conflicting(reason: reason)
    }
    return allow(position, name)
  }

  private func allow(_ position: Int, _ name: String) -> Resolution {
    if policy == .map { return .mapped(position) }
    return .refused(
      position,
      reason: "the sequence calls '\(name)' '\(chromosomes[position].name)'; set aliases to map to "
        + "read the one as the other, or rename one of the two")
  }

  /// Why a name that means the same chromosome must not be mapped; nil where nothing speaks against it.
  private func conflict(
    _ name: String, _ meant: ChromosomeIdentity, _ chromosome: Chromosome
  ) -> String? {
    let expected = meant.assembly?.length(of: meant.label) ?? meant.length
    if let expected, expected != chromosome.length {
      let source = meant.assembly.map { " of \($0.rawValue)" } ?? ""
      return "'\(name)'\(source) has \(expected) bases, the sequence's \(chromosome.name) has "
        + "\(chromosome.length): not the same assembly"
    }
    guard meant.label == .mitochondrion, expected == nil else { return nil }
    // `MT` is GRCh37's, `chrM` may be that of UCSC's hg19.
    let other: String
    switch (chromosome.length, name.hasPrefix("chr")) {
    case (16_571, _): other = "GRCh37's MT has 16569"
    case (16_569, true) where !isNewer: other = "the chrM of UCSC's hg19 has 16571"
    default: return nil
    }
    return
      "'\(name)' may be another mitochondrion than the sequence's \(chromosome.name), which has "
      + "\(chromosome.length) bases (\(other)); rename it if they are the same"
  }

  /// Whether the sequence is of an assembly in which both names mean the same mitochondrion.
  private var isNewer: Bool {
    let assembly = Assembly(of: chromosomes)
    return assembly == .hg38 || assembly == .hs1
  }

  /// By name, the names on its line. A name on several lines, as the word that tells in UCSC's older
  /// tables where an alias comes from, means no sequence.
  ///
  /// Read twice, to remember no more than the lines with a name of the sequence: a table may be longer than
  /// memory is large.
  private static func read(_ path: String, known: [String: Int]) throws -> [String: [String]] {
    var rows: [[String]] = []
    var row: [String: Int] = [:]
    var isEmpty = true
    try forEachLine(path) { names, line in
      isEmpty = false
      guard names.contains(where: { known[$0] != nil }) else { return }
      for name in names { row[name] = rows.count }
      rows.append(names.sorted())
      guard row.count <= 1_000_000 else {
        throw GenomeError("more than 1,000,000 names", path: path, line: line)
      }
    }
    guard !isEmpty else { throw GenomeError("the table has no names", path: path) }
    var lines: [String: Int] = [:]
    try forEachLine(path) { names, _ in
      for name in names where row[name] != nil { lines[name, default: 0] += 1 }
    }
    return row.filter { lines[$0.key] == 1 }.mapValues { rows[$0] }
  }

  private static func forEachLine(
    _ path: String, _ body: (_ names: Set<String>, _ line: Int) throws -> Void
  ) throws {
    // A pipe that nobody writes to would be waited for.
    _ = try FileHandle.openRegular(path)
    let lines = try LineReader(path, longestLine: 1 << 16)
    while let text = try lines.nextText() {
      if text.isEmpty || text.hasPrefix("#") { continue }
      try body(Set(text.split(separator: "\t").map(String.init)), lines.lineNumber)
    }
  }
}
