import ArgumentParser
import Files
import FlowCore

struct PluginLockCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lock",
    abstract: "Write down what the plugins are, so that nothing else is loaded.",
    discussion: """
      Beside a workflow the lock holds for its runs, beside manifests for whoever loads those, and the one that
      FLOW_PLUGIN_LOCK names for all. It holds the SHA-256 of each manifest and library.
      """)

  @Argument(help: "The plugins to lock (default: all).")
  var names: [String] = []

  @Option(name: [.short, .long], help: "The file to write; - is standard output.")
  var output = PluginLock.fileName

  @OptionGroup var plugins: PluginOptions

  func run() throws {
    try reporting {
      // Without locks: what is locked now may be what is to be replaced.
      let registry = try plugins.registry(isChecked: true)
      for name in names where registry.plugins[name] == nil {
        throw Diagnostic(
          "there is no plugin '\(name)'",
          fix: Suggestion.fix(for: name, among: registry.plugins.keys))
      }
      let chosen = registry.plugins.values.filter {
        names.isEmpty || names.contains($0.manifest.id)
      }
      for plugin in chosen { _ = try plugin.checkedLibrary() }
      // What is no file could not be read again, and is refused.
      let isPrinted = OutputFile.isStandardOutput(output)
      let stream: Terminal.Stream = isPrinted ? .standardError : .standardOutput
      let before =
        !isPrinted && Path.exists(output) ? try PluginLock(file: output).plugins : [:]
      let lock = try PluginLock(of: chosen, path: output)
      try OutputFile.write(lock.text, to: output)
      for (id, entry) in lock.plugins.sorted(by: { $0.key < $1.key }) {
        let state =
          before[id].map { $0 == entry ? "unchanged" : "changed, was \($0.version)" } ?? "new"
        Terminal.line("\(id) \(entry.version)  \(state)", to: stream)
      }
      for id in before.keys.sorted() where lock.plugins[id] == nil {
        Terminal.line("\(id)  removed", to: stream)
      }
      if !isPrinted { Terminal.line("locked in \(output)") }
    }
  }
}
