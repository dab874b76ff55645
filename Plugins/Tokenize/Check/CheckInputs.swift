import DNA
import Files
import FlowPlugin
import Genome

/// `tokenize/check`: whether sequence, states and peaks are sound and fit each other, before hours are spent.
public struct CheckInputs: Operation {
  /// The parameters as the manifest declares them: those of `tokenize/corpus`, and the policy of aliases.
  public struct Parameters: Decodable {
    var cellTypes: [String]
    var tracks: [String]
    var binSize: Int
    var validation: [String]
    var test: [String]
    var chromosomes: [String]
    var aliases: String
  }

  /// The operation's name in the manifest.
  public static let name = "check"

  private let parameters: Parameters

  /// Takes the step's parameters.
  public init(_ parameters: Parameters) { self.parameters = parameters }

  /// Does the step: writes the report, then fails as invalid where it has errors.
  public func run(_ step: Step) throws {
    guard (1...1 << 20).contains(parameters.binSize) else {
      throw StepFailure(
        .invalid, "bin_size is \(parameters.binSize); it must be from 1 to 1048576 bases")
    }
    var plan = InputSurvey.Plan()
    let segmentations: NamedSegmentations
    do {
      segmentations = try NamedSegmentations(
        step, cellTypes: parameters.cellTypes, tracks: parameters.tracks)
    } catch let error as GenomeError {
      throw StepFailure(.invalid, error.description)
    }
    plan.cellTypes = segmentations.cellTypes
    plan.tracks = segmentations.tracks
    plan.binSize = parameters.binSize
    plan.validation = parameters.validation
    plan.test = parameters.test
    plan.chromosomes = parameters.chromosomes
    plan.aliases = ChromosomeAliases.Policy(rawValue: parameters.aliases) ?? .refuse
    var files = InputSurvey.Files()
    files.sequence = step.inputs("sequence")
    files.states = segmentations.paths
    files.peaks = step.inputs("peaks")
    files.checksums = step.inputs("checksums")
    files.labels = step.optionalInput("labels")
    files.aliases = step.optionalInput("chromosome_aliases")
    let survey = try InputSurvey(files, plan, threads: step.threads) {
      try step.checkCancellation()
    } progress: { done, total in
      step.progress(Double(done), of: Double(total), "files")
    }
    let report = CheckReport(survey)
    try WholeFile.write(report.text, to: step.output("report"))
    try WholeFile.write(survey.json.prettyText, to: step.output("findings"))
    step.record("errors", .integer(survey.count(.error)))
    step.record("warnings", .integer(survey.count(.warning)))
    guard survey.count(.error) == 0 else {
      throw StepFailure(.invalid, "\(report.verdict) in the inputs: see the report")
    }
  }
}
