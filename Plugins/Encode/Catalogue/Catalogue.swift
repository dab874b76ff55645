import Files
import FlowPlugin

/// The reference genomes and segmentations that are known by name.
enum Catalogue {
  static let sets = genomes + states

  /// The set of a name.
  ///
  /// - Throws: `StepFailure`, invalid, with the nearest name.
  static func set(_ name: String) throws(StepFailure) -> CatalogueSet {
    let wanted = name.lowercased()
    let names = sets.flatMap { [$0.name] + $0.aliases }
    // hg38 and GRCh38 are different files here: names count as they are written, before they do in any case.
    let found =
      sets.first { ([$0.name] + $0.aliases).contains(name) }
      ?? sets.first { ([$0.name] + $0.aliases).contains { $0.lowercased() == wanted } }
    if let found { return found }
    let near = Suggestion.nearest(to: name, among: names).map { "did you mean '\($0)'?" }
    throw StepFailure(
      .invalid,
      "the catalogue has no '\(cell(name).prefix(80))'; "
        + (near ?? "it has \(sets.map(\.name).joined(separator: ", "))"))
  }

  /// What the catalogue has, for people.
  static var listing: String {
    var table = TextTable(["name", "kind", "build", "files", "what it is"], widest: 90)
    for set in sets {
      table.append([set.name, set.kind.rawValue, set.build, "\(set.files.count)", set.summary])
    }
    return table.text
  }

  /// The epigenomes, for people.
  static var epigenomes: String {
    var table = TextTable(["id", "mnemonic", "group", "H3K27ac", "name"], widest: 72)
    for one in RoadmapEpigenome.all {
      table.append([one.id, one.mnemonic, one.group, one.hasH3K27ac ? "yes" : "no", one.name])
    }
    return table.text
  }
}
