import DNA
import Files
import Genome

/// FASTA, plain or bgzip, through its index.
struct ViewedFASTA: ViewedFile {
  let file: IndexedFASTA

  var path: String { file.path }
  var format: String { "FASTA" }
  var chromosomes: [Chromosome] { file.chromosomes }
  var facts: [(name: String, value: JSON)] { [] }

  func view(_ region: RegionText, _ request: ViewRequest) throws -> RegionView {
    let interval = try interval(of: region)
    let letters = try file.letters(on: region.chromosome, in: interval)
    return RegionView(
      chromosome: region.chromosome, interval: interval, content: .bases(letters))
  }
}

/// FASTA in gzip: has no places to enter, so that each look reads it from its beginning. The soft mask is
/// not kept.
struct ViewedGzipFASTA: ViewedFile {
  let path: String
  let chromosomes: [Chromosome]

  init(_ path: String, _ request: ViewRequest) throws {
    var lengths: [(name: String, length: Int)] = []
    try FASTA.read(path) { name in
      guard lengths.count < OpenedFile.mostNames else { throw OpenedFile.tooManyNames(path) }
      lengths.append((name, 0))
    } bases: {
      lengths[lengths.count - 1].length += $0.count
      try request.checkpoint()
    }
    self.path = path
    chromosomes = lengths.map { Chromosome(name: $0.name, length: $0.length) }
  }

  var format: String { "FASTA (gzip)" }
  var facts: [(name: String, value: JSON)] {
    [("note", "gzip is read from its beginning for each region, in upper case; bgzip is not")]
  }

  func view(_ region: RegionText, _ request: ViewRequest) throws -> RegionView {
    let interval = try interval(of: region)
    var letters: [UInt8] = []
    var isWanted = false
    var position = 0
    let alphabet = Base.letters + [UInt8(ascii: "N")]
    try FASTA.read(path) { name in
      isWanted = name == region.chromosome
      position = 0
    } bases: { codes in
      try request.checkpoint()
      if isWanted {
        let from = max(interval.start - position, 0)
        let to = min(interval.end - position, codes.count)
        if from < to { letters.append(contentsOf: codes[from..<to].map { alphabet[Int($0)] }) }
      }
      position += codes.count
    }
    return RegionView(
      chromosome: region.chromosome, interval: interval, content: .bases(letters))
  }
}

/// A 2bit file.
struct ViewedTwoBit: ViewedFile {
  private let file: TwoBit
  let chromosomes: [Chromosome]

  init(_ file: TwoBit) throws {
    self.file = file
    var chromosomes: [Chromosome] = []
    try file.forEachSequence {
      chromosomes.append(Chromosome(name: $0.name, length: $0.length))
    }
    self.chromosomes = chromosomes
  }

  var path: String { file.path }
  var format: String { "2bit" }
  var facts: [(name: String, value: JSON)] { [] }

  func view(_ region: RegionText, _ request: ViewRequest) throws -> RegionView {
    let interval = try interval(of: region)
    let letters = try file.sequence(named: region.chromosome)?.letters(interval) ?? []
    return RegionView(
      chromosome: region.chromosome, interval: interval, content: .bases(letters))
  }
}
