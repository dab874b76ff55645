/// Where steps are executed: who starts them, and how many at once.
protocol Executor: AnyObject {
  /// How many cores a step with these resources gets.
  func cpus(for resources: Resources) -> Int
  /// Whether no step at all can be taken now: spares asking for each.
  var isFull: Bool { get }
  /// Whether a step with these resources can be taken now.
  func hasRoom(for resources: Resources) -> Bool
  /// The GPUs that a step with these resources is to have, from when it is started until it is released; none where
  /// something else gives them out.
  func devices(for resources: Resources) -> [String]
  /// Starts a step, which has room until `release`.
  func start(_ step: PreparedStep) throws -> any Execution
  /// A step that was started has ended.
  func release(_ resources: Resources)
  /// What it can never give to a task of the plan; empty where all is well.
  func problems(of tasks: [Plan.Task]) -> [Diagnostic]
  /// What the user of a plan should know before it runs.
  func warnings(of tasks: [Plan.Task]) -> [String]
}

extension Executor {
  func devices(for resources: Resources) -> [String] { [] }
}

/// A step with all that is needed to start an attempt of it: its directories are there, its inputs are
/// found.
struct PreparedStep {
  enum Work {
    /// The hash is that of the library with which the step's key was made.
    case plugin(StepRequest, librarySHA256: String)
    /// `file` is the script with its variables, as bash is given it.
    case script(ScriptRequest, file: String)
  }

  /// The task's id: `binding[factor=MAX]`.
  var id: String
  /// The step of the workflow whose instance it is.
  var step: String
  var key: String
  /// The step's row in the ledger.
  var row: Int
  var resources: Resources
  var work: Work
  /// The file to which the step's output is appended.
  var log: String
}
