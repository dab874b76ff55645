import Files

/// What a run of a plan would do now, and why. Nothing is written, not even a state directory.
public struct Forecast: Sendable {
  /// What would be done about a step.
  public enum Decision: String, Sendable, CaseIterable {
    /// Its result is there.
    case reuse
    /// It is not wanted, or needs what is not.
    case skip
    case run
    /// It needs a step that will run; whether it has to run too depends on what comes out.
    case wait
    /// It would fail before it is begun.
    case fail
  }

  /// A task of the plan and what would become of it.
  public struct Task: Sendable {
    /// As in the plan.
    public var name: String
    /// PLUGIN/OPERATION, or `shell`.
    public var operation: String
    /// What would be done.
    public var decision: Decision
    /// Why.
    public var reason: Reason
    /// nil where it cannot be known yet.
    public var key: String?
  }

  /// In the plan's order.
  public var tasks: [Task]

  /// - Throws: `SQLiteError` where the ledger cannot be read.
  public init(
    _ plan: Plan, in state: StateDirectory, detail: Explainer.Detail = .causes
  ) throws {
    let ledger =
      Path.exists("\(state.path)/flow.db")
      ? try Ledger(reading: state.path) : try Ledger(emptyFor: state.path)
    try ledger.keepHashesInMemory()
    var plan = plan
    while true {
      var forecaster = Forecaster(plan: plan, ledger: ledger, state: state, detail: detail)
      tasks = try forecaster.forecast()
      // What steps run over may be known from earlier runs.
      guard let longer = try forecaster.unrolled() else { return }
      plan = longer
    }
  }

  /// The tasks that a waiting task waits for in the end, in the plan's order; none for another.
  public func causes(of task: Task) -> [Task] {
    guard case .waits(let names) = task.reason else { return [] }
    let positions = Dictionary(tasks.indices.map { (tasks[$0].name, $0) }) { first, _ in first }
    var next = names
    var seen: Set<String> = []
    var found: [Int] = []
    while let name = next.popLast() {
      guard seen.insert(name).inserted, let position = positions[name] else { continue }
      if case .waits(let more) = tasks[position].reason {
        next += more
      } else {
        found.append(position)
      }
    }
    return found.sorted().map { tasks[$0] }
  }

  /// The number of tasks with each decision.
  public var counts: [Decision: Int] {
    tasks.reduce(into: [:]) { $0[$1.decision, default: 0] += 1 }
  }
}

/// Walks a plan as a run would, with a ledger that it only reads.
private struct Forecaster {
  let plan: Plan
  let ledger: Ledger
  let state: StateDirectory
  private let explainer: Explainer
  private var outputs: [Int: [String: StoredOutput]] = [:]
  private var leftOut: Set<Int> = []
  private var keys: [Int: String] = [:]
  /// The task that will make the result of a key.
  private var makers: [String: String] = [:]
  /// SHA-256 of libraries, by the plugin's manifest.
  private var libraries: [String: String] = [:]
  /// Whether an operation has any result.
  private var hasResults: [String: Bool] = [:]

  init(plan: Plan, ledger: Ledger, state: StateDirectory, detail: Explainer.Detail) {
    self.plan = plan
    self.ledger = ledger
    self.state = state
    explainer = Explainer(ledger, detail: detail)
  }

  mutating func forecast() throws -> [Forecast.Task] {
    var forecasts: [Forecast.Task] = []
    for (position, task) in plan.tasks.enumerated() {
      var forecast = Forecast.Task(
        name: task.id, operation: task.use, decision: .run, reason: .new, key: nil)
      var open = task.needs.filter { outputs[$0] == nil && !leftOut.contains($0) }
      // What the maker has not made, or not so that it can be run over, is said by the run.
      if task.isAwaiting, open.isEmpty { open = task.makers.filter { !leftOut.contains($0) } }
      if open.isEmpty, let reason = reasonToLeaveOut(task) {
        leftOut.insert(position)
        forecast.decision = .skip
        forecast.reason = .blocked(reason)
      } else if open.isEmpty {
        do {
          try decide(position, &forecast)
        } catch let error as SQLiteError {
          throw error
        } catch {
          forecast.decision = .fail
          forecast.reason = .blocked("\(error)")
        }
      } else {
        forecast.decision = .wait
        forecast.reason = .waits(open.map { plan.tasks[$0].id })
      }
      forecasts.append(forecast)
    }
    return forecasts
  }

  /// The plan with the tasks that become known by results that are there; nil where that is none.
  func unrolled() throws -> Plan? {
    var made: [String: [String: String]] = [:]
    for task in plan.tasks where task.isAwaiting {
      for maker in task.makers where !plan.isUnrolled(over: plan.tasks[maker].id) {
        made[plan.tasks[maker].id] = outputs[maker]?.mapValues(\.path)
      }
    }
    if made.isEmpty { return nil }
    return try plan.unrolled(over: made)
  }

  private mutating func decide(_ position: Int, _ forecast: inout Forecast.Task) throws {
    let task = plan.tasks[position]
    let planned = task.inputs(
      in: plan, isLeftOut: { leftOut.contains($0) }, isMade: { outputs[$0]?[$1] != nil })
    let paths = try planned.map { input in
      (name: input.name, paths: try input.sources.map { try path(of: $0) })
    }
    // The files are there; without any past to compare with, their contents change nothing.
    guard try hasPast(task) else { return }
    var hashes: [StepKey.Input] = []
    var inputs: [ArtifactRecord] = []
    var entries: [String: [Artifact.Entry]] = [:]
    for (planned, input) in zip(planned, paths) {
      let artifacts = try input.paths.map { try ledger.artifact(at: $0) }
      hashes.append((input.name, artifacts.map(\.sha256), input.paths))
      for artifact in artifacts where artifact.kind == .directory {
        entries[artifact.sha256] = artifact.entries
      }
      for (index, artifact) in artifacts.enumerated() {
        var key: String?
        if case .output(let maker, _, _) = planned.sources[index] { key = keys[maker] }
        inputs.append(
          ArtifactRecord(
            name: input.name, path: input.paths[index], sha256: artifact.sha256,
            kind: artifact.kind.rawValue, bytes: artifact.bytes, key: key))
      }
    }
    let content = StepKey.content(
      of: task, librarySHA256: try task.program.plugin.map { try library(of: $0) }, inputs: hashes)
    let key = StepKey.key(of: content)
    keys[position] = key
    forecast.key = key
    if let maker = makers[key] {
      forecast.decision = .wait
      forecast.reason = .waits([maker])
      return
    }
    let store = ResultStore(state: state, ledger: ledger)
    switch try store.examine(key) {
    case .whole(let found):
      outputs[position] = found
      forecast.decision = .reuse
      forecast.reason = try ledger.maker(ofKey: key).map { .reused($0) } ?? .new
    case .unlisted(let found):
      outputs[position] = store.outputs(found)
      forecast.decision = .reuse
      forecast.reason = .new
    case .spoiled(let loss):
      forecast.reason = .lost(loss)
      makers[key] = task.id
    case .unknown:
      var parts = KeyParts(of: task, content: content, inputs: inputs)
      parts.entries = entries
      forecast.reason = try explainer.reasonToRun(
        name: task.id, workflow: plan.workflow.name, key: key, before: .max,
        parts: parts)
      makers[key] = task.id
    }
  }

  private func reasonToLeaveOut(_ task: Plan.Task) -> String? {
    task.reasonToLeaveOut(
      in: plan, isLeftOut: { leftOut.contains($0) }, isMade: { outputs[$0]?[$1] != nil })
  }

  private func path(of source: Plan.PlannedSource) throws -> String {
    switch source {
    case .path(let path): return try Path.real(path)
    case .output(let position, let name, let subpath):
      guard let output = outputs[position]?[name] else {
        throw Diagnostic("step '\(plan.tasks[position].id)' made no '\(name)'")
      }
      return try Path.real(subpath.map { "\(output.path)/\($0)" } ?? output.path)
    }
  }

  private mutating func library(of plugin: InstalledPlugin) throws -> String {
    if let sha256 = libraries[plugin.manifest.path] { return sha256 }
    let sha256 = try ledger.artifact(at: plugin.checkedLibrary()).sha256
    libraries[plugin.manifest.path] = sha256
    return sha256
  }

  /// Whether anything was ever run that the task's key could be that of, or be compared with.
  private mutating func hasPast(_ task: Plan.Task) throws -> Bool {
    if hasResults[task.use] == nil {
      hasResults[task.use] = try ledger.hasResults(ofOperation: task.use)
    }
    if hasResults[task.use] == true { return true }
    return try !ledger.pastSteps(
      name: task.id, workflow: plan.workflow.name, before: .max, limit: 1
    ).isEmpty
  }
}
