import Files
import Genome

/// What a corpus was made of: what was kept, what was dropped, and why.
public struct CorpusSummary: Sendable {
  /// Where the bases of one chromosome went.
  public struct Chromosome: Sendable {
    /// The name as the FASTA has it.
    public let name: String
    /// All bases.
    public let length: Int
    /// Bases that are not A, C, G or T.
    public let unknown: Int
    /// Bases of the training regions.
    public var training = 0
    /// Bases of the validation regions.
    public var validation = 0
    /// Bases of the test regions.
    public var test = 0
    /// Bases in stretches shorter than the smallest region kept.
    public var short = 0
    /// How many such stretches there are.
    public var shortRegions = 0
    /// Known bases left out because no cell type has a state on this chromosome.
    public var withoutStates = 0
  }

  /// What the segmentations of one model gave.
  public struct Track: Sendable {
    /// The name that the recipe gives to the track.
    public let name: String
    /// Bases in a bin.
    public let binSize: Int
    /// By state id, "none" first.
    public let stateNames: [String]
    /// By cell type.
    public let cellTypes: [CellType]
  }

  /// What one segmentation gave.
  public struct CellType: Sendable {
    /// The name that the recipe gives to the cell type.
    public let name: String
    /// Segments on the corpus' chromosomes.
    public let segments: Int
    /// Segments on chromosomes that the corpus does not hold.
    public let segmentsElsewhere: Int
    /// Chromosomes of the corpus on which this segmentation has nothing.
    public let chromosomesWithout: [String]
    /// By state id, 0 being "none": bases of the corpus' chromosomes.
    public let bases: [Int]
  }

  /// By chromosome, in the order of the corpus.
  public let chromosomes: [Chromosome]
  /// Sequences of the input that were not asked for.
  public let skippedSequences: Int
  /// The bases of those sequences.
  public let skippedBases: Int
  /// By track; empty where there are no states.
  public let tracks: [Track]
  /// How many training regions there are.
  public let trainingRegions: Int
  /// How many validation regions there are.
  public let validationRegions: Int
  /// How many test regions there are.
  public let testRegions: Int

  /// The summary as `summary.json` tells it; all counts are in bases unless the name says otherwise.
  public var json: JSON {
    [
      "chromosomes": .array(
        chromosomes.map {
          [
            "name": .string($0.name), "length": .integer($0.length),
            "unknown": .integer($0.unknown), "training": .integer($0.training),
            "validation": .integer($0.validation), "test": .integer($0.test),
            "too_short": .integer($0.short), "too_short_regions": .integer($0.shortRegions),
            "without_states": .integer($0.withoutStates),
          ]
        }),
      "skipped_sequences": .integer(skippedSequences), "skipped_bases": .integer(skippedBases),
      "regions": [
        "training": .integer(trainingRegions), "validation": .integer(validationRegions),
        "test": .integer(testRegions),
      ],
      "tracks": .array(tracks.map(\.json)),
    ]
  }
}

extension CorpusSummary.Track {
  fileprivate var json: JSON {
    [
      "name": .string(name), "bin_size": .integer(binSize),
      "states": .array(stateNames.map(JSON.string)),
      "cell_types": .array(
        cellTypes.map {
          [
            "name": .string($0.name), "segments": .integer($0.segments),
            "segments_elsewhere": .integer($0.segmentsElsewhere),
            "chromosomes_without": .array($0.chromosomesWithout.map(JSON.string)),
            "bases_by_state": .array($0.bases.map(JSON.integer)),
          ]
        }),
    ]
  }
}
