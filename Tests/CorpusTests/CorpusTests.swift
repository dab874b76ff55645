import CounterRandom
import Files
import FlowTesting
import Testing

@testable import Corpus
@testable import Genome

@Suite struct CorpusTests {
  /// Two chromosomes with runs of N, two cell types; bins of 10 bases.
  static func example(
    _ folder: TemporaryDirectory, k: Int = 3, overlapping: Bool = true, seed: UInt64 = 1
  ) throws -> (corpus: Corpus, sequence: [String], states: [[[Int]]]) {
    var generator = RandomSequence(seed)
    var sequences: [String] = []
    for length in [503, 298] {
      var letters = (0..<length).map { _ in "ATCGatcg".randomElement(using: &generator) ?? "A" }
      for start in [40, 41, 160] { for place in start..<start + 17 { letters[place] = "N" } }
      letters[length - 1] = "R"
      sequences.append(String(letters))
    }
    let fasta = try folder.write(
      "two.fa", ">chr1 first\n\(wrapped(sequences[0]))>chr2\n\(wrapped(sequences[1]))")
    var states: [[[Int]]] = []
    var paths: [String] = []
    for cell in 0..<2 {
      var text = "track name=\"states\"\n"
      var tracks: [[Int]] = []
      for (number, sequence) in sequences.enumerated() {
        let bins = (sequence.count + 9) / 10
        var track: [Int] = []
        for bin in 0..<bins {
          // State 0: nothing is written for the bin.
          let state = Int.random(in: 0...4, using: &generator)
          track.append(state)
          if state == 0 { continue }
          let end = min(bin * 10 + 10, sequence.count)
          text += "chr\(number + 1)\t\(bin * 10)\t\(end)\tE\(state)\n"
        }
        tracks.append(track)
      }
      states.append(tracks)
      paths.append(try folder.write("cell\(cell).bed", text))
    }
    var recipe = CorpusRecipe()
    recipe.k = k
    recipe.isOverlapping = overlapping
    recipe.binSize = 10
    recipe.cellTypes = ["one", "two"]
    recipe.minimumRegion = 20
    recipe.validation = ["chr1:201-300"]
    recipe.test = ["chr1:301-350", "chr2:200-"]
    try CorpusBuilder(recipe, sequence: [fasta], states: paths)
      .build(at: "\(folder.path)/corpus")
    return (try Corpus(directory: "\(folder.path)/corpus"), sequences, states)
  }

  static func wrapped(_ sequence: String) -> String {
    var text = ""
    var rest = Substring(sequence)
    while !rest.isEmpty {
      text += rest.prefix(60) + "\n"
      rest = rest.dropFirst(60)
    }
    return text
  }

  static func window(
    _ corpus: Corpus, _ chromosome: Int, _ start: Int, _ bases: Int, _ cell: Int, length: Int
  ) -> (tokens: [Int32], states: [Int32]) {
    var tokens = [Int32](repeating: -9, count: length)
    var states = [Int32](repeating: -9, count: length)
    tokens.withUnsafeMutableBufferPointer { tokens in
      states.withUnsafeMutableBufferPointer { states in
        corpus.fill(
          chromosome: chromosome, start: start, bases: bases, cellType: cell, tokens: tokens,
          states: states)
      }
    }
    return (tokens, states)
  }

  @Test(arguments: 1...8, [true, false])
  func windowsEqualAPlainReading(k: Int, overlapping: Bool) throws {
    let folder = try TemporaryDirectory()
    let (corpus, sequences, tracks) = try Self.example(
      folder, k: k, overlapping: overlapping, seed: UInt64(k))
    let vocabulary = corpus.vocabulary
    var generator = RandomSequence(99)
    for _ in 0..<300 {
      let chromosome = Int.random(in: 0...1, using: &generator)
      let cell = Int.random(in: 0...1, using: &generator)
      let start = Int.random(in: -30...sequences[chromosome].count + 10, using: &generator)
      let bases = Int.random(in: 0...90, using: &generator)
      let letters = Array(sequences[chromosome])
      func letter(_ place: Int) -> Character {
        letters.indices.contains(place) ? Character(letters[place].uppercased()) : "N"
      }
      var tokens = [vocabulary.classification]
      var states: [Int32] = [0]
      var place = start
      while place + k <= start + bases {
        let text = String((place..<place + k).map(letter))
        tokens.append(text.contains { !"ATCG".contains($0) } ? 1 : vocabulary.id(text))
        let centre = place + k / 2
        states.append(
          letters.indices.contains(centre) ? Int32(tracks[cell][chromosome][centre / 10]) : 0)
        place += overlapping ? 1 : k
      }
      tokens += [vocabulary.separator, vocabulary.pad]
      states += [0, 0]
      let window = Self.window(corpus, chromosome, start, bases, cell, length: tokens.count)
      #expect(window.tokens == tokens)
      #expect(window.states == states)
    }
  }

  @Test func regionsAreKnownBasesOutsideWhatIsHeldOut() throws {
    let folder = try TemporaryDirectory()
    let corpus = try Self.example(folder).corpus
    func texts(_ regions: [Region]) -> [String] {
      regions.map { "\(corpus.chromosomes[$0.chromosome].name) \($0.start) \($0.end)" }
    }
    #expect(
      texts(corpus.training) == [
        "chr1 0 40", "chr1 58 160", "chr1 177 200", "chr1 350 502", "chr2 0 40", "chr2 58 160",
        "chr2 177 199",
      ])
    #expect(texts(corpus.validation) == ["chr1 200 300"])
    #expect(texts(corpus.test) == ["chr1 300 350", "chr2 199 297"])
    #expect(corpus.stateNames == ["none", "E1", "E2", "E3", "E4"])
  }

  @Test func equalInputsGiveEqualBytes() throws {
    let (one, other) = (try TemporaryDirectory(), try TemporaryDirectory())
    _ = try Self.example(one)
    _ = try Self.example(other)
    for name in [
      "manifest.json", "sequence.packed", "tracks/states/000.u8", "unknown.bed", "training.bed",
      "vocab.txt",
    ] {
      #expect(
        try Path.read("\(one.path)/corpus/\(name)") == Path.read("\(other.path)/corpus/\(name)"))
    }
    #expect(try Path.list("\(one.path)/corpus/tracks/states") == ["000.u8", "001.u8"])
  }

  @Test func damageIsFound() throws {
    let folder = try TemporaryDirectory()
    let corpus = try Self.example(folder).corpus
    try corpus.verify()
    let track = "\(folder.path)/corpus/tracks/states/001.u8"
    var bytes = try Path.read(track)
    bytes[3] = 77
    try WholeFile.write(bytes, to: track)
    #expect(message { try Corpus(directory: "\(folder.path)/corpus").verify() }.contains("001.u8"))
    try WholeFile.write(bytes + [0], to: track)
    let error = message { _ = try Corpus(directory: "\(folder.path)/corpus") }
    #expect(error.contains("001.u8") && error.contains("the manifest says"))
    #expect(
      message { _ = try Corpus(directory: folder.path) }.contains("is this a corpus"))
  }

  @Test func withoutStatesThereIsOneCellTypeNone() throws {
    let folder = try TemporaryDirectory()
    let fasta = try folder.write("one.fa", ">1\n\(String(repeating: "ACGT", count: 50))\n")
    var recipe = CorpusRecipe()
    recipe.minimumRegion = 10
    try CorpusBuilder(recipe, sequence: [fasta], states: []).build(at: "\(folder.path)/corpus")
    let corpus = try Corpus(directory: "\(folder.path)/corpus")
    #expect(corpus.cellTypes == ["none"] && corpus.stateNames == ["none"])
    let window = Self.window(corpus, 0, 0, 200, 0, length: 197)
    #expect(window.states.allSatisfy { $0 == 0 })
    #expect(window.tokens[1] == corpus.vocabulary.id("ACGTAC"))
  }
}
