import ArgumentParser
import Files
import FlowCore

struct PluginCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plugin", abstract: "Show what plugins offer.",
    subcommands: [PluginList.self, PluginInfo.self, PluginLockCommand.self, PluginTry.self])
}

struct PluginList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the plugins and their operations.")

  @OptionGroup var plugins: PluginOptions

  func run() throws {
    try reporting {
      let registry = try plugins.registry()
      if registry.plugins.isEmpty {
        throw Diagnostic(
          "no plugins were found in \(registry.searched.joined(separator: ", "))",
          fix: "name the directory of their manifests in FLOW_PLUGIN_PATH")
      }
      for plugin in registry.plugins.values.sorted(by: { $0.manifest.id < $1.manifest.id }) {
        let manifest = plugin.manifest
        let title = Terminal.styled(manifest.id, .bold, on: .standardOutput)
        Terminal.line("\(title) \(manifest.version)  \(manifest.summary)")
        let rows = manifest.operations.map { ["  \(manifest.id)/\($0.name)", $0.summary] }
        for line in Terminal.columns(rows) { Terminal.line(line) }
        do throws(Diagnostic) { _ = try plugin.checkedLibrary() } catch {
          Terminal.warning("\(error)")
        }
      }
    }
  }
}

struct PluginInfo: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Show a plugin, or one of its operations, in full.")

  @Argument(help: "PLUGIN or PLUGIN/OPERATION")
  var name: String

  @OptionGroup var plugins: PluginOptions

  func run() throws {
    try reporting {
      let registry = try plugins.registry()
      if name.contains("/") {
        let (plugin, operation) = try registry.operation(name)
        show(operation, of: plugin.manifest)
        return
      }
      guard let plugin = registry.plugins[name] else {
        let near = Suggestion.nearest(to: name, among: registry.plugins.keys)
        throw Diagnostic(
          "there is no plugin '\(name)'",
          fix: near.map { "did you mean '\($0)'?" } ?? "`flow plugin list` shows them")
      }
      let manifest = plugin.manifest
      Terminal.line("\(manifest.id) \(manifest.version) (ABI \(manifest.abi))")
      Terminal.line(manifest.summary)
      Terminal.line("manifest: \(manifest.path)")
      Terminal.line("library:  \(plugin.library ?? "not found: \(manifest.library)")")
      if let library = plugin.library {
        Terminal.line("SHA-256:  \(try StreamingHash.of(file: library))")
      }
      for operation in manifest.operations {
        Terminal.line("")
        show(operation, of: manifest)
      }
    }
  }

  private func show(_ operation: Manifest.Operation, of manifest: Manifest) {
    let title = "\(manifest.id)/\(operation.name)"
    Terminal.line("\(Terminal.styled(title, .bold, on: .standardOutput))  \(operation.summary)")
    if !operation.description.isEmpty { Terminal.line(operation.description) }
    Terminal.line("  usage\n    \(OperationOptions.usage(of: operation, plugin: manifest.id))")
    section("inputs") {
      operation.inputs.map { input in
        let kind = kind(input.type, input.format)
        let many = input.isList ? ", list" : ""
        let also = input.synonyms.map { ", also --\($0)" }.joined()
        return [
          input.name, kind + many + (input.isOptional ? ", optional" : "") + also, input.help,
        ]
      }
    }
    section("parameters") { operation.parameters.map(row) }
    section("outputs") {
      operation.outputs.map { [$0.name, kind($0.type, $0.format), "\($0.help) (\($0.path))"] }
    }
  }

  /// "file", "directory flow.corpus/1".
  private func kind(_ type: Manifest.FileType, _ format: String?) -> String {
    format.map { "\(type.rawValue) \($0)" } ?? type.rawValue
  }

  private func section(_ title: String, _ rows: () -> [[String]]) {
    let rows = rows()
    if rows.isEmpty { return }
    Terminal.line("  \(title)")
    for line in Terminal.columns(rows) { Terminal.line("    \(line)") }
  }

  private func row(_ parameter: Manifest.Parameter) -> [String] {
    var type = "\(parameter.type)"
    if let unit = parameter.unit { type += ", \(unit)" }
    var value = "unset"
    if parameter.isRequired { value = "required" }
    if let standard = parameter.defaultValue {
      value = standard == "" ? "''" : plain(standard)
    }
    var bounds: [String] = []
    if let minimum = parameter.minimum { bounds.append("≥ \(plain(minimum))") }
    if let maximum = parameter.maximum { bounds.append("≤ \(plain(maximum))") }
    if !parameter.choices.isEmpty {
      bounds.append(parameter.choices.map(plain).joined(separator: " | "))
    }
    let range = bounds.isEmpty ? "" : " [\(bounds.joined(separator: ", "))]"
    return [parameter.name, value, type + range, parameter.help]
  }
}

/// What `flow doctor` starts for each plugin.
struct PluginTry: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "try", abstract: "Load a plugin's library.", shouldDisplay: false)

  @Argument(help: "The plugin.")
  var name: String

  @OptionGroup var plugins: PluginOptions

  func run() throws {
    try reporting {
      guard let plugin = try plugins.registry().plugins[name] else {
        throw Diagnostic("there is no plugin '\(name)'")
      }
      for fact in try PluginLoads.load(plugin) { Terminal.line(fact) }
    }
  }
}
