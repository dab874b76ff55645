import ArgumentParser
import FlowCore
import FlowInterop

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write workflows and operations for other engines.",
    subcommands: [ExportNextflow.self, ExportGalaxy.self])
}

struct ExportNextflow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nextflow", abstract: "Write a workflow as a Nextflow pipeline.")

  @Argument(help: "The workflow file.")
  var workflow: String

  @Option(name: [.short, .long], help: "The directory to write.")
  var output: String

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
      for path in try NextflowExport.write(plan, to: output) { Terminal.line(path) }
    }
  }
}

struct ExportGalaxy: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "galaxy", abstract: "Write a Galaxy tool for each operation.")

  @Argument(help: "Plugins, or PLUGIN/OPERATION (default: all).")
  var operations: [String] = []

  @Option(name: [.short, .long], help: "The directory to write.")
  var output: String

  @OptionGroup var plugins: PluginOptions

  func run() throws {
    try reporting {
      let registry = plugins.registry()
      for path in try GalaxyExport.write(operations, of: registry, to: output) {
        Terminal.line(path)
      }
    }
  }
}
