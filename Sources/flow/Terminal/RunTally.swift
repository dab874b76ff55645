import FlowCore

/// What the terminal knows of a run: counts by step, what is running, what failed. Each event costs the same,
/// however many tasks there are.
struct RunTally {
  /// A step of the workflow with all its tasks.
  struct Step {
    var name: String
    var total = 0
    var done = 0
    var reused = 0
    var failed = 0
    /// Skipped or stopped.
    var left = 0
    var running = 0
    /// Over the tasks that ran to their end here.
    var seconds = 0.0
    var timed = 0
    /// Processor cores that one task takes.
    var cpus = 1

    var ended: Int { done + reused + failed + left }
    var isOver: Bool { ended == total }
    /// Seconds that a task takes; nil before the first is done.
    var mean: Double? { timed > 0 ? seconds / Double(timed) : nil }
  }

  struct Running {
    var id: String
    var step: Int
    /// On the monotonic clock.
    var began: Double
    var attempt: Int
    var progress = ProgressText()
    /// Whether its beginning was told in a line.
    var isTold = false
  }

  struct Failure {
    var id: String
    var seconds: Double
    var message: String
    var log: String?
  }

  private(set) var steps: [Step] = []
  private(set) var total = 0
  private(set) var done = 0
  private(set) var reused = 0
  private(set) var failed = 0
  private(set) var left = 0
  /// The first that failed, as many as anybody reads.
  private(set) var failures: [Failure] = []
  private let failureLimit = 50
  private var positions: [String: Int] = [:]
  private var runningByNumber: [Int: Running] = [:]
  private var numbers: [String: Int] = [:]
  private var begun = 0
  private let cpus: Int
  let began: Double

  init(_ tasks: [Plan.Task], cpus: Int, at moment: Double) {
    self.cpus = max(1, cpus)
    began = moment
    replan(tasks)
  }

  /// Takes a plan with other tasks of the same steps.
  mutating func replan(_ tasks: [Plan.Task]) {
    total = tasks.count
    for step in steps.indices { steps[step].total = 0 }
    for task in tasks {
      if positions[task.step] == nil {
        positions[task.step] = steps.count
        steps.append(Step(name: task.step, cpus: min(task.resources.cpus, cpus)))
      }
      if let position = positions[task.step] { steps[position].total += 1 }
    }
  }

  var ended: Int { done + reused + failed + left }
  var runningCount: Int { runningByNumber.count }

  /// What is running, the longest first.
  var running: [Running] { runningByNumber.sorted { $0.key < $1.key }.map(\.value) }

  mutating func taskBegan(_ task: Plan.Task, attempt: Int, at moment: Double) {
    // A task that is tried again was never ended.
    if let number = numbers[task.id] {
      runningByNumber[number]?.attempt = attempt
      runningByNumber[number]?.progress = ProgressText()
      return
    }
    guard let step = positions[task.step] else { return }
    begun += 1
    numbers[task.id] = begun
    runningByNumber[begun] = Running(id: task.id, step: step, began: moment, attempt: attempt)
    steps[step].running += 1
  }

  mutating func update(_ id: String, _ change: (inout Running) -> Void) {
    guard let number = numbers[id], var task = runningByNumber[number] else { return }
    change(&task)
    runningByNumber[number] = task
  }

  /// - Returns: the step, where it has several tasks and this was the last of them.
  mutating func taskEnded(_ task: Plan.Task, _ end: TaskEnd) -> Step? {
    guard let step = positions[task.step] else { return nil }
    if let number = numbers.removeValue(forKey: task.id) {
      runningByNumber[number] = nil
      steps[step].running -= 1
    }
    switch end.status {
    case .done:
      done += 1
      steps[step].done += 1
      steps[step].seconds += end.duration
      steps[step].timed += 1
    case .reused:
      reused += 1
      steps[step].reused += 1
    case .failed:
      failed += 1
      steps[step].failed += 1
      if failures.count < failureLimit {
        failures.append(
          Failure(
            id: task.id, seconds: end.duration, message: end.message ?? "", log: end.log))
      }
    default:
      left += 1
      steps[step].left += 1
    }
    return steps[step].total > 1 && steps[step].isOver ? steps[step] : nil
  }

  /// Seconds that are left, from what the tasks of each step have taken so far; nil where a step is still to come
  /// of which nothing is known.
  func secondsLeft(at moment: Double) -> Double? {
    var work = 0.0
    for step in steps where !step.isOver {
      guard let mean = step.mean else { return nil }
      work += Double(step.total - step.ended) * mean * Double(step.cpus)
    }
    var longest = 0.0
    for task in runningByNumber.values {
      let step = steps[task.step]
      let passed = min(moment - task.began, step.mean ?? 0)
      work -= passed * Double(step.cpus)
      longest = max(longest, (step.mean ?? 0) - passed)
    }
    return max(work / Double(cpus), longest)
  }
}
