import DNA
import Files
import FlowPlugin
import Genome

/// `tokenize/view`: what a file of sequence, intervals or signal holds, all in all and in regions.
public struct ViewFile: Operation {
  /// The parameters as the manifest declares them.
  public struct Parameters: Decodable {
    var regions: [String]
    var limit: Int
    var bins: Int
  }

  /// The operation's name in the manifest.
  public static let name = "view"

  private let parameters: Parameters

  /// Takes the step's parameters.
  public init(_ parameters: Parameters) { self.parameters = parameters }

  /// Does the step.
  ///
  /// - Throws: `StepFailure`, invalid where the file is of no known format, damaged, or does not have the
  ///   regions.
  public func run(_ step: Step) throws {
    let path = try step.input("file")
    let request = ViewRequest(
      limit: parameters.limit == 0 ? .max : parameters.limit, bins: parameters.bins,
      checkpoint: { try step.checkCancellation() })
    do {
      let regions = try RegionText.rejoined(parameters.regions).map {
        try RegionText(parsing: $0)
      }
      let file = try OpenedFile.open(path, request)
      let views = try regions.map { try file.view($0, request) }
      let report = ViewReport(name: Path.name(path), file: file, views: views, request: request)
      try WholeFile.write(report.text, to: step.output("text"))
      try WholeFile.write(report.json.prettyText, to: step.output("json"))
    } catch let error as GenomeError {
      throw StepFailure(.invalid, error.description)
    } catch let error as FileError {
      throw StepFailure(.invalid, error.description)
    }
  }
}
