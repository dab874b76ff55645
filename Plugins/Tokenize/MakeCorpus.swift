import Corpus
import DNA
import Files
import FlowPlugin
import Genome

/// `tokenize/corpus`: sequence and chromatin states become a corpus.
public struct MakeCorpus: Operation {
  /// The parameters as the manifest declares them.
  public struct Parameters: Decodable {
    var cellTypes: [String]
    var k: Int
    var overlapping: Bool
    var binSize: Int
    var tracks: [String]
    var binSizes: [Int]
    var croissant: [String]
    var validation: [String]
    var test: [String]
    var chromosomes: [String]
    var minRegion: Int
    var aliases: String
  }

  /// The operation's name in the manifest.
  public static let name = "corpus"

  private let parameters: Parameters

  /// Takes the step's parameters.
  public init(_ parameters: Parameters) { self.parameters = parameters }

  /// Does the step.
  ///
  /// - Throws: `StepFailure`, invalid where the inputs or the parameters do not fit together.
  public func run(_ step: Step) throws {
    let directory = try step.output("corpus")
    let summaryPath = try step.output("summary")
    do {
      let segmentations = try NamedSegmentations(
        step, cellTypes: parameters.cellTypes, tracks: parameters.tracks)
      let builder = try CorpusBuilder(
        recipe(step, segmentations), sequence: step.inputs("sequence"),
        states: segmentations.paths)
      let summary = try builder.build(at: directory) { done, total in
        try step.checkCancellation()
        step.progress(Double(done), of: Double(total), "bases")
      }
      try WholeFile.write(summary.json.prettyText, to: summaryPath)
      SummaryRecord(summary).record(step)
    } catch let error as GenomeError {
      throw StepFailure(.invalid, error.description)
    }
  }

  private func recipe(_ step: Step, _ segmentations: NamedSegmentations) -> CorpusRecipe {
    var recipe = CorpusRecipe()
    recipe.k = parameters.k
    recipe.isOverlapping = parameters.overlapping
    recipe.binSize = parameters.binSize
    recipe.tracks = segmentations.tracks
    recipe.binSizes = parameters.binSizes
    recipe.croissant = parameters.croissant
    recipe.threads = step.threads
    recipe.cellTypes = segmentations.cellTypes
    recipe.labels = step.optionalInput("labels")
    recipe.aliases = ChromosomeAliases.Policy(rawValue: parameters.aliases) ?? .refuse
    recipe.chromosomeAliases = step.optionalInput("chromosome_aliases")
    recipe.validation = parameters.validation
    recipe.test = parameters.test
    recipe.chromosomes = parameters.chromosomes
    recipe.minimumRegion = parameters.minRegion
    return recipe
  }
}
