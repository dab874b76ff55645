import DNA
import Files
import Genome
import Tokens

/// Sequence and chromatin states, memory-mapped, from which windows of tokens are read (format
/// `flow.corpus/2`, laid out in `CorpusManifest`).
///
/// The sequence is stored once, whatever k and however many cell types; tokens are made when a window is
/// read. A value is cheap to copy and safe to share between threads.
public struct Corpus: Sendable {
  /// Where the corpus was opened.
  public let directory: String
  /// The k-mers, and how they lie along the sequence. Where `tokenizer` is of byte pairs, they are those of the
  /// manifest, and nothing is read through them.
  public private(set) var vocabulary: Vocabulary
  /// How bases become tokens.
  public private(set) var tokenizer: Tokenizer
  /// Bases in a token on average; only where tokens are of different lengths.
  private var basesPerToken = 0.0
  /// Which state a token has that spans several bins.
  public var stateRule = StateRule.centre
  /// All segmentation models of the corpus; none where it has no states.
  public let tracks: [StateTrack]
  /// The chromosomes, in the order of the FASTA.
  public let chromosomes: [Chromosome]
  /// Regions without unknown bases, in order, split at runs of them. No two regions overlap, so that a
  /// window inside one never reaches into another set.
  public let training: [Region]
  /// Regions held out to choose by; as `training` otherwise.
  public let validation: [Region]
  /// Regions held out to judge by; as `training` otherwise.
  public let test: [Region]
  /// By chromosome: the runs of unknown bases, in order.
  public let unknown: [[Interval]]

  private var chosen: ChosenTracks
  private(set) var complement: ReverseComplement
  let sequence: MappedFile
  /// By chromosome: where its bytes begin in the sequence.
  let firstByte: [Int]
  private let files: [CorpusManifest.File]

  /// By state id; 0 is "none": special tokens, and where there is no segmentation. Of several tracks read at
  /// once all combinations: `7_Enh|4_Enh`.
  public var stateNames: [String] { chosen.stateNames }
  /// Names of the cell types that all tracks read have; one, "none", where the corpus has no states.
  public var cellTypes: [String] { chosen.cellTypes }
  /// Names of the tracks that are read.
  public var chosenTracks: [String] { chosen.names }
  /// Bases in a bin of the segmentation; of several the least that is made of whole bins of each.
  public var binSize: Int { chosen.binSize }
  var layers: [StateLayer] { chosen.layers }

  /// Opens a corpus: reads its manifest and regions, maps its sequence and states, and checks that the
  /// files have the sizes that the manifest tells. `verify` checks the contents.
  ///
  /// - Parameter tracks: names of the tracks to read; the first alone where it is empty.
  /// - Throws: `GenomeError` or `FileError` where something is missing, cut off or contradictory.
  public init(directory: String, tracks names: [String] = []) throws {
    let manifest = try CorpusManifest(reading: "\(directory)/\(CorpusManifest.name)")
    self.directory = directory
    vocabulary = Vocabulary(k: manifest.tokens.k, isOverlapping: manifest.tokens.overlapping)
    tokenizer = Tokenizer(vocabulary)
    complement = ReverseComplement(vocabulary)
    let chromosomes = manifest.chromosomes.map { Chromosome(name: $0.name, length: $0.length) }
    self.chromosomes = chromosomes
    files = manifest.files

    var byte = 0
    firstByte = chromosomes.map { chromosome in
      defer { byte += PackedSequenceWriter.bytes(forBases: chromosome.length) }
      return byte
    }
    for file in files {
      let path = "\(directory)/\(file.path)"
      let size = try Path.size(path)
      guard size == file.bytes else {
        throw GenomeError("it has \(size) bytes, the manifest says \(file.bytes)", path: path)
      }
    }
    sequence = try Corpus.map(
      "\(directory)/\(CorpusManifest.sequence)", bytes: byte + PackedSequenceWriter.padding)
    tracks = try manifest.tracks.map { entry in
      try StateTrack(
        entry, chromosomes: chromosomes, directory: directory, paths: manifest.paths(of: entry))
    }
    chosen = try ChosenTracks(names.isEmpty ? tracks.prefix(1).map(\.name) : names, of: tracks)

    let regions = RegionFile(chromosomes)
    training = try regions.read(
      "\(directory)/\(CorpusManifest.training)", expecting: manifest.training)
    validation = try regions.read(
      "\(directory)/\(CorpusManifest.validation)", expecting: manifest.validation)
    test = try regions.read("\(directory)/\(CorpusManifest.test)", expecting: manifest.test)
    var unknown = [[Interval]](repeating: [], count: chromosomes.count)
    for run in try regions.read("\(directory)/\(CorpusManifest.unknown)") {
      unknown[run.chromosome].append(Interval(run.start, run.end))
    }
    self.unknown = unknown
  }

  /// The same corpus, read through other tokens.
  ///
  /// - Throws: `GenomeError` where the special tokens are not the first ones of the vocabulary.
  public func reading(_ tokenizer: Tokenizer) throws(GenomeError) -> Corpus {
    let specials = tokenizer.specials.ids
    guard Set(specials) == Set(0..<Int32(specials.count)) else {
      throw GenomeError(
        "the tokenizer's special tokens have the ids \(specials.map(String.init).joined(separator: ", ")); "
          + "training needs them to be 0 to 4")
    }
    var corpus = self
    corpus.tokenizer = tokenizer
    if let kmers = tokenizer.kmers {
      corpus.vocabulary = kmers
      corpus.complement = ReverseComplement(kmers)
    } else {
      corpus.basesPerToken = Corpus.basesPerToken(tokenizer, self)
    }
    return corpus
  }

  static func map(_ path: String, bytes: Int) throws -> MappedFile {
    let file = try MappedFile(path)
    guard file.bytes.count == bytes else {
      throw GenomeError(
        "it has \(file.bytes.count) bytes; chromosomes of these lengths need \(bytes)", path: path)
    }
    return file
  }

  /// Compares each file with the SHA-256 in the manifest, and checks that all states have a name.
  ///
  /// - Throws: `GenomeError` that names the damaged file.
  public func verify() throws {
    for file in files {
      let path = "\(directory)/\(file.path)"
      guard try StreamingHash.of(file: path) == file.sha256 else {
        throw GenomeError(
          "its content is not what the manifest tells; make the corpus anew", path: path)
      }
    }
    for track in tracks { try track.verify() }
  }

  /// The position of a chromosome by its name, nil where the corpus has none of that name.
  public func chromosome(named name: String) -> Int? {
    chromosomes.firstIndex { $0.name == name }
  }

  /// Bytes of sequence and states that are mapped into memory, and that the system may drop when others need
  /// the room.
  public var mappedBytes: Int {
    tracks.reduce(sequence.bytes.count) { sum, track in
      track.files.reduce(sum) { $0 + $1.bytes.count }
    }
  }

  /// Reads a byte of each page, so that what is timed next waits for no disk and no page table.
  ///
  /// - Returns: the sum of what was read: loads of which nothing comes are left out by the compiler.
  @discardableResult
  public func touch() -> Int {
    var sum = 0
    for file in [sequence] + tracks.flatMap(\.files) {
      for place in stride(from: 0, to: file.bytes.count, by: 4096) {
        sum &+= Int(file.bytes[place])
      }
    }
    return sum
  }

  /// How many bases give a sequence of `length` tokens, `[CLS]` and `[SEP]` included.
  ///
  /// Where tokens are of different lengths, as byte pairs are, no number of bases gives the same number of tokens
  /// everywhere: then a window is as many bases as give that many tokens on average over the training regions,
  /// and a twentieth more. Tokens beyond `length` are cut off; where there are fewer, `[PAD]` follows.
  public func bases(forTokens length: Int) -> Int {
    guard tokenizer.kmers == nil else { return vocabulary.bases(forTokens: length) }
    return Int((Double(max(0, length - 2)) * basesPerToken * 1.05).rounded(.up))
  }
}
