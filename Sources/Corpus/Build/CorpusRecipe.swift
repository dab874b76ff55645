import Genome

/// How a corpus is to be made.
public struct CorpusRecipe: Sendable {
  /// Bases in a token, 1 to 8.
  public var k = 6
  /// Whether a token begins at every base or where the one before ends.
  public var isOverlapping = true
  /// Bases in a bin of the segmentations.
  public var binSize = 200
  /// By track, in the order in which `tracks` first names them, where they differ; empty for `binSize`.
  public var binSizes: [Int] = []
  /// By segmentation; empty where there are none, or where the files name their cell types.
  public var cellTypes: [String] = []
  /// By segmentation: the track, that is the model, it belongs to; empty where all are of one.
  public var tracks: [String] = []
  /// A table of names for states that the segmentations only number, as `StateLabels` reads it; nil for none.
  public var labels: String?
  /// What to do with names of chromosomes that the sequence does not have.
  public var aliases = ChromosomeAliases.Policy.refuse
  /// UCSC's `chromAlias.txt`, which knows more names of chromosomes; nil for none.
  public var chromosomeAliases: String?
  /// Regions kept out of training, as `RegionText` reads them.
  public var validation: [String] = []
  /// As `validation`; the two may not share a base.
  public var test: [String] = []
  /// Names of the sequences to use; empty means all.
  public var chromosomes: [String] = []
  /// The shortest stretch of known bases that is kept as a region.
  public var minimumRegion = 512
  /// What `croissant.json` says that no file tells, as `name=value`: `license=CC-BY-4.0`.
  public var croissant: [String] = []
  /// How many segmentations are read at once, each in 15 MB of memory for a human genome. The corpus is the
  /// same for any number.
  public var threads = 1

  /// The defaults: overlapping 6-mers, bins of 200 bases, nothing held out.
  public init() {}
}
