import Files

/// A workflow checked against the plugins it uses and unrolled: what would run, in which order.
public struct Plan: Sendable {
  public private(set) var workflow: Workflow
  /// The workflow's parameters with their values, in canonical form; the variables of the environment that it
  /// uses as `env.NAME`.
  public let parameters: [String: JSON]
  /// In an order in which each comes after those it needs.
  public internal(set) var tasks: [Task]
  /// What is copied to the results directory.
  public let outputs: [PlannedOutput]
  /// The files beside the workflow's own that decided what there is to do, by path: the workflows that it uses, the
  /// tables that it runs over, up to 1 MiB each.
  public var files: [TextFile] = []
  /// Whether any task may be left out, or any output may be missing.
  public private(set) var mayMissOutputs = true
  /// The profiles that were chosen, in their order.
  public var profiles: [String] = []
  /// The absolute paths of the workflow's inputs, by name.
  public var inputs: [String: String] = [:]
  /// What makes the tasks that cannot be known before some of these have a result; nil where all are known.
  var planner: Planner?
  /// Whether steps only make what they declare.
  var isStub = false

  /// One run of one operation: a step, or one instance of a step with axes.
  public struct Task: Sendable {
    /// The step's id, with its axes' values: `binding[factor=MAX]`.
    public var id: String
    /// What it shares with the other tasks of its step.
    var shared: Step
    /// The axes' values, in the step's order.
    public var axes: [AxisValue]
    /// Every parameter that has a value, in canonical form.
    public var parameters: [String: JSON]
    /// `isList` tells a list of one from a single file.
    public var inputs: [(name: String, sources: [PlannedSource], isList: Bool)]
    /// The tasks it needs, as positions in `tasks`.
    public var needs: [Int]
    /// Why `when:` leaves it out, as far as that is known before anything runs; nil where it is wanted.
    public var unwanted: String? = nil
    /// Outputs of which each must have been made, or it is left out. Several of one condition are instances
    /// of one step: one of them is enough.
    public var conditions: [[PlannedSource]] = []
    /// Whether nothing that it is or needs can change any more when further tasks become known.
    public internal(set) var isSettled = true

    init(
      id: String, of step: Step, axes: [AxisValue] = [], parameters: [String: JSON],
      inputs: [(name: String, sources: [PlannedSource], isList: Bool)] = [], needs: [Int] = []
    ) {
      self.id = id
      shared = step
      self.axes = axes
      self.parameters = parameters
      self.inputs = inputs
      self.needs = needs
    }

    /// Whether it stands for tasks of which nothing is known before a step has made what they run over.
    public var isAwaiting: Bool { axes.contains { $0.absence == .awaited } }

    /// The positions of the tasks that make what it runs over.
    var makers: [Int] {
      axes.compactMap { axis in
        if case .output(let task, _, _)? = axis.source { task } else { nil }
      }
    }

    /// PLUGIN/OPERATION, or `shell`.
    public var use: String {
      program.plugin.map { "\($0.manifest.id)/\(operation.name)" } ?? operation.name
    }

    /// Whether the step can do without an input.
    func isOptional(_ input: String) -> Bool {
      operation.input(input)?.isOptional ?? optionalInputs.contains(input)
    }
  }

  /// A file as it was read.
  public struct TextFile: Equatable, Sendable {
    /// Absolute, links followed.
    public var path: String
    public var text: String
  }

  /// Forgets the steps as they were written: to a run all is in the tasks, and a file may have ten thousand steps.
  public mutating func releaseSteps() { workflow.steps = [] }

  /// Finds out which tasks are what they will be, and whether all outputs are sure to be there, which spares asking for
  /// each.
  mutating func settle() {
    // With all tasks known nothing needs to be looked at.
    if planner != nil {
      for position in tasks.indices {
        let task = tasks[position]
        tasks[position].isSettled =
          !task.isAwaiting && task.needs.allSatisfy { tasks[$0].isSettled }
      }
    }
    mayMissOutputs = tasks.contains { task in
      task.unwanted != nil || !task.conditions.isEmpty || task.onFailure == .ignore
        || task.isAwaiting || task.operation.outputs.contains(where: \.isOptional)
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

/// The value that a task has of an axis.
public struct AxisValue: Equatable, Sendable {
  /// The axis's name; of a nested workflow after the id of the step that uses it: `qc/lane`.
  public var name: String
  /// A row is an object; a file its path, from the workflow's directory.
  public var value: JSON
  /// How it is called in the task's id: what tells it from the axis's other values.
  public var label: String
  public var kind = Kind.value
  /// The output behind a file that a step made; of what is awaited, the pattern or table in the output that it is to be
  /// found in.
  public var source: Plan.PlannedSource? = nil
  /// Why there is no value; nil where there is one.
  public var absence: Absence? = nil

  public enum Absence: Equatable, Sendable {
    /// A step that has no result yet makes what there is to run over.
    case awaited
    /// There is nothing to run over, for this reason.
    case nothing(String)
  }

  public enum Kind: Equatable, Sendable {
    case value
    case file
    case row
    /// A row of a file: all its values are text.
    case textRow
  }

  /// A column of a row; `name` of a file; nil where there is no such thing.
  public func field(_ name: String) -> JSON? {
    switch kind {
    case .value: nil
    case .file: name == "name" ? .string(label) : nil
    case .row, .textRow: value[name]
    }
  }

  /// The name without what stands before it.
  var shortName: Substring {
    name.lastIndex(of: "/").map { name[name.index(after: $0)...] } ?? name[...]
  }
}
