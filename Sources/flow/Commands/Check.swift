import ArgumentParser
import FlowCore

struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Find every mistake in a workflow without running it.")

  @Argument(help: "The workflow file.")
  var workflow: String

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Set a parameter of the workflow.", valueName: "name=value"))
  var settings: [String] = []

  @Option(
    name: .customLong("input"),
    help: ArgumentHelp("Replace an input of the workflow.", valueName: "name=path"))
  var inputs: [String] = []

  @OptionGroup var plugins: PluginOptions

  func run() throws {
    try reporting {
      let plan = try Planner.plan(
        WorkflowParser.parse(file: workflow), registry: plugins.registry(),
        settings: try plannerSettings(set: settings, inputs: inputs))
      let count = plan.tasks.count
      Terminal.line("\(workflow): no mistakes found (\(count) step\(count == 1 ? "" : "s"))")
    }
  }
}
