/// Who watches a run: the terminal, a log. Called on the engine's thread.
public protocol RunObserver: AnyObject {
  /// - Parameter total: the number of tasks in the plan.
  func runBegan(id: String, plan: Plan)
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
  /// What was copied to the results directory, by path.
  public var published: [String]
  /// The tables that steps recorded to be shown, in the plan's order.
  public var tables: [JSONTable]
}
