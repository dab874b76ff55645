import ArgumentParser
import FlowCore

struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Find every mistake in a workflow without running it.")

  @OptionGroup var planned: PlanOptions

  func run() throws {
    try reporting {
      let plan = try planned.plan()
      let count = plan.tasks.count
      Terminal.line(
        "\(planned.workflow): no mistakes found (\(count) step\(count == 1 ? "" : "s"))")
    }
  }
}
