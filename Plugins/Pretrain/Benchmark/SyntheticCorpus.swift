import Corpus
import CounterRandom
import Files
import Genome

/// A corpus of random bases and states, for timing: nothing in it is real but its shape.
///
/// One chromosome with a run of unknown bases in its middle; states in runs of 35 bins on average, as
/// Roadmap's segmentations have (55.6 million segments in 127 cell types, 440,000 of 35 bins each).
struct SyntheticCorpus {
  let bases: Int
  let cellTypes: Int

  private static let states = 15
  private static let run = 35
  private static let line = 60

  /// Writes the corpus to `directory`, with its sources beside it in `scratch`.
  func write(to directory: String, scratch: String, check: () throws -> Void) throws {
    try writeSequence("\(scratch)/synthetic.fa", check: check)
    var recipe = CorpusRecipe()
    recipe.cellTypes = (0..<cellTypes).map { "synthetic\($0)" }
    let paths = recipe.cellTypes.map { "\(scratch)/\($0).bed" }
    for (number, path) in paths.enumerated() {
      try writeStates(path, number)
      try check()
    }
    try CorpusBuilder(recipe, sequence: ["\(scratch)/synthetic.fa"], states: paths)
      .build(at: directory) { _, _ in try check() }
  }

  private func writeSequence(_ path: String, check: () throws -> Void) throws {
    let file = try FileHandle.create(path)
    try file.write(">synthetic\n")
    var random = RandomSequence(1)
    let letters = Array("ACGT".utf8)
    var text: [UInt8] = []
    var drawn: UInt64 = 0
    for start in stride(from: 0, to: bases, by: SyntheticCorpus.line) {
      let isUnknown = (bases * 2 / 5..<bases * 2 / 5 + bases / 20).contains(start)
      for base in start..<min(start + SyntheticCorpus.line, bases) {
        // 32 bases from each number.
        if (base - start) % 32 == 0 { drawn = random.next() }
        text.append(isUnknown ? UInt8(ascii: "N") : letters[Int(drawn & 3)])
        drawn >>= 2
      }
      text.append(0x0A)
      if text.count >= 1 << 20 {
        try file.write(text)
        text.removeAll(keepingCapacity: true)
        try check()
      }
    }
    try file.write(text)
  }

  private func writeStates(_ path: String, _ number: Int) throws {
    var random = RandomSequence(2, UInt64(number))
    var rows = ""
    var start = 0
    while start < bases {
      let bins = 1 + random.below(2 * SyntheticCorpus.run - 1)
      let end = min(start + bins * 200, bases)
      rows += "synthetic\t\(start)\t\(end)\tE\(1 + random.below(SyntheticCorpus.states))\n"
      start = end
    }
    try FileHandle.create(path).write(rows)
  }
}
