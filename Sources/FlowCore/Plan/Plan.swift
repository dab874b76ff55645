import Files

/// A workflow checked against the plugins it uses and unrolled: what would run, in which order.
public struct Plan: Sendable {
  public let workflow: Workflow
  /// The workflow's parameters with their values, in canonical form.
  public let parameters: [String: JSON]
  /// In an order in which each comes after those it needs.
  public let tasks: [Task]
  /// What is copied to the results directory.
  public let outputs: [PlannedOutput]
  /// The absolute paths of the workflow's inputs, by name.
  public var inputs: [String: String] = [:]

  /// One run of one operation: a step, or one instance of a step with axes.
  public struct Task: Sendable {
    /// The step's id, with its axes' values: `binding[factor=MAX]`.
    public var id: String
    public var step: String
    /// The axes' values, in the step's order.
    public var axes: [(name: String, value: JSON)]
    public var program: Program
    /// What the plugin's manifest declares, or the workflow of its own script.
    public var operation: Manifest.Operation
    /// Every parameter that has a value, in canonical form.
    public var parameters: [String: JSON]
    /// `isList` tells a list of one from a single file.
    public var inputs: [(name: String, sources: [PlannedSource], isList: Bool)]
    public var resources: Resources
    public var retries: Int
    /// The tasks it needs, as positions in `tasks`.
    public var needs: [Int]

    /// PLUGIN/OPERATION, or `shell`.
    public var use: String {
      program.plugin.map { "\($0.manifest.id)/\(operation.name)" } ?? operation.name
    }
  }

  public enum PlannedSource: Equatable, Sendable {
    case path(String)
    /// An output of the task at this position, or what `subpath` names inside it.
    case output(task: Int, name: String, subpath: String?)
  }

  public struct PlannedOutput: Sendable {
    /// The path inside the results directory.
    public var path: String
    public var source: PlannedSource
  }
}
