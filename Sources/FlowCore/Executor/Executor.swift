import Glibc

/// Where steps are executed: who starts them, and how many at once.
protocol Executor: AnyObject {
  /// How many cores a step with these resources gets.
  func cpus(for resources: Resources, on placement: Placement) -> Int
  /// Whether no step at all can be taken now: spares asking for each.
  var isFull: Bool { get }
  /// Whether a step with these resources can be taken now.
  func hasRoom(for resources: Resources, on placement: Placement) -> Bool
  /// The GPUs that a step with these resources is to have, from when it is started until it is released; none where
  /// something else gives them out.
  func devices(for resources: Resources, on placement: Placement) -> [String]
  /// Where a task with this key would be started, which decides about its directories.
  func placement(of task: Plan.Task, key: String) throws -> Placement
  /// Starts a step, which has room until `release`.
  func start(_ step: PreparedStep) throws -> any Execution
  /// An execution has ended, and what came of it is about to be entered in the ledger.
  func release(_ resources: Resources, of execution: any Execution)
  /// What to wait for with `poll(2)` beside the executions.
  func polled() -> [pollfd]
  /// Does what is due; called in each pass of the engine's loop, with no transaction open.
  func advance() throws -> [ExecutorNotice]
  /// The run has ended.
  func finish() throws -> [ExecutorNotice]
  /// What it can never give to a task of the plan; empty where all is well.
  func problems(of tasks: [Plan.Task]) -> [Diagnostic]
  /// What the user of a plan should know before it runs.
  func warnings(of tasks: [Plan.Task]) -> [String]
}

enum Placement {
  /// In a process of this machine.
  case here
  /// In a job that is to be submitted.
  case job
  /// In a job of an earlier engine that is perhaps at work, and that `start` takes over: what it writes, and the file
  /// that it is reading, must be left as they are.
  case jobAtWork
}

/// What an executor has to say to the user.
enum ExecutorNotice {
  case status(String)
  case warning(String)
}

/// Which executor a run uses, and how.
public struct ExecutorChoice: Sendable {
  public enum Kind: String, CaseIterable, Sendable { case local, slurm }

  /// nil where each step says itself, and is run here where it does not.
  public var kind: Kind?
  /// How steps are submitted, over what they say themselves.
  public var slurm = SlurmOptions()
  /// So many jobs are at Slurm at once, waiting or running.
  public var mostJobs = 500

  public init(_ kind: Kind? = nil) { self.kind = kind }

  func kind(of task: Plan.Task) -> Kind {
    kind ?? task.executor.flatMap(Kind.init) ?? .local
  }
}

/// A step with all that is needed to start an attempt of it: its directories are there, its inputs are
/// found.
struct PreparedStep {
  enum Work {
    /// The hash is that of the library with which the step's key was made.
    case plugin(StepRequest, librarySHA256: String)
    /// `file` is the script with its variables, as bash is given it.
    case script(ScriptRequest, file: String)

    /// The values of the step's secrets, by name.
    var secrets: [String: String] {
      switch self {
      case .plugin(let request, _): request.secrets
      case .script(let request, _): request.secrets
      }
    }
  }

  /// The task's id: `binding[factor=MAX]`.
  var id: String
  /// The step of the workflow whose instance it is.
  var step: String
  var key: String
  /// The step's row in the ledger.
  var row: Int
  var resources: Resources
  var placement: Placement
  /// How it is submitted, where it is.
  var slurm = SlurmOptions()
  var work: Work
  /// The file to which the step's output is appended.
  var log: String
}
