import Files
import FlowCore

/// `flow run --dry-run`: what would run, and why.
struct DryRun {
  private let workflow: String
  private let forecast: Forecast

  init(_ plan: Plan, in state: StateDirectory) throws {
    workflow = plan.workflow.name
    forecast = try Forecast(plan, in: state)
  }

  func show(asJSON: Bool) {
    if asJSON { return Terminal.write(json.prettyText, to: .standardOutput) }
    let rows = forecast.tasks.map { task in
      [task.name, task.decision.rawValue, task.reason.summary(of: task.name)]
    }
    for line in Terminal.columns(rows) { Terminal.line(line) }
    Terminal.line(conclusion)
  }

  private var conclusion: String {
    let counts = forecast.counts
    func steps(_ decision: Forecast.Decision, _ words: String) -> String? {
      counts[decision].map { "\($0) \(words)" }
    }
    let parts = [
      steps(.run, "to run"), steps(.wait, "after those"), steps(.fail, "cannot run"),
      steps(.reuse, "up to date"), steps(.skip, "not wanted"),
    ]
    return "\(parts.compactMap(\.self).joined(separator: ", ")); nothing was run"
  }

  private var json: JSON {
    [
      "workflow": .string(workflow),
      "steps": .array(
        forecast.tasks.map { task in
          [
            "name": .string(task.name), "operation": .string(task.operation),
            "decision": .string(task.decision.rawValue),
            "key": task.key.map { .string($0) } ?? .null, "reason": task.reason.json(of: task.name),
          ]
        }),
    ]
  }
}
