/// Who watches a run: the terminal, a log. Called on the engine's thread.
public protocol RunObserver: AnyObject {
  /// - Parameter machine: what the run may use.
  func runBegan(id: String, plan: Plan, machine: Machine)
  /// Steps that run over what others made have become tasks.
  func runGrew(_ plan: Plan)
  /// Something the user should know, about the run as a whole.
  func runWarned(_ message: String)
  /// How the run as a whole stands, where that is news.
  func runTold(_ message: String)
  func taskBegan(_ task: Plan.Task, attempt: Int)
  func taskTold(_ task: Plan.Task, _ event: StepEvent)
  func taskEnded(_ task: Plan.Task, _ end: TaskEnd)
  /// A few times a second.
  func tick()
}

/// How a task ended.
public struct TaskEnd: Sendable {
  public var status: StepStatus
  /// In seconds.
  public var duration: Double
  /// Why, for a task that failed or was skipped.
  public var message: String?
  /// The log to read, for a task that ran.
  public var log: String?
}

/// How a run ended.
public struct RunSummary: Sendable {
  public var id: String
  public var status: RunStatus
  /// Counts by status.
  public var counts: [StepStatus: Int]
  /// In seconds.
  public var duration: Double
  /// What was copied to the results directory by this run, by path; what stood there already is not named.
  public var published: [String]
  /// What earlier runs put into the results directory, and that is none of this run's results; by path in it.
  public var leftBehind: [String]
  /// What went wrong beside the steps: results that could not be copied, and why.
  public var problems: [String]
  /// The tables that steps recorded to be shown, in the plan's order.
  public var tables: [JSONTable]
}

extension RunObserver {
  public func runTold(_ message: String) {}
}
