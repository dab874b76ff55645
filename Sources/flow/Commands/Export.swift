import ArgumentParser
import FlowCore
import FlowInterop

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write workflows, operations and the history in the formats that others read.",
    subcommands: [
      ExportNextflow.self, ExportGalaxy.self, ExportCrate.self, ExportProv.self,
      ExportBioCompute.self, ExportTrace.self, ExportMultiQC.self,
    ])
}

struct ExportNextflow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nextflow", abstract: "Write a workflow as a Nextflow pipeline.")

  @OptionGroup var planned: PlanOptions

  @Option(name: [.short, .long], help: "The directory to write.")
  var output: String

  func run() throws {
    try reporting {
      let plan = try planned.plan()
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
      let registry = try plugins.registry()
      for path in try GalaxyExport.write(operations, of: registry, to: output) {
        Terminal.line(path)
      }
    }
  }
}
