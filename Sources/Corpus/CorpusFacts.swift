import Files
import Genome

extension Corpus {
  /// What the corpus is, for people: a name and a text each. Chromosomes after the hundredth are counted.
  ///
  /// - Throws: `FileError` where the manifest, whose hash is among the facts, cannot be read.
  public func facts() throws(FileError) -> [(name: String, text: String)] {
    var names = chromosomes.prefix(100).map { "\($0.name) (\($0.length))" }
    if chromosomes.count > names.count {
      names.append("and \(chromosomes.count - names.count) more")
    }
    var facts = [
      ("Cell types", cellTypes.joined(separator: ", ")),
      ("Chromosomes, with their lengths in bases", names.joined(separator: ", ")),
    ]
    if let assembly = Assembly(of: chromosomes) {
      facts.append(("Assembly, told by these lengths", assembly.rawValue))
    }
    for (name, regions) in [("Training", training), ("Validation", validation), ("Test", test)] {
      let bases = regions.reduce(0) { $0 + $1.end - $1.start }
      facts.append(("\(name) regions", "\(regions.count), \(bases) bases in all"))
    }
    facts.append(("Bases that share a chromatin state", "\(binSize)"))
    let manifest = "\(directory)/\(CorpusManifest.name)"
    facts.append(("SHA-256 of the manifest", try StreamingHash.of(file: manifest)))
    return facts.map { (name: $0.0, text: $0.1) }
  }
}
