import Files
import Glibc

/// The plugins that can be found, by their manifests. No library is loaded here.
public struct Registry: Sendable {
  /// By id, from the first directory that has one.
  public let plugins: [String: InstalledPlugin]
  /// Manifests that could not be read, and ids that stand twice: worth a warning, no reason to stop.
  public let warnings: [Diagnostic]
  /// The directories that were searched.
  public let searched: [String]

  /// The manifests in `directories`, the first of an id counting.
  ///
  /// - Parameters:
  ///   - lock: a lock that all plugins must be in, beside those that stand in the directories.
  ///   - usesLocks: whether the latter count.
  public init(directories: [String], lock: PluginLock? = nil, usesLocks: Bool = true) {
    var plugins: [String: InstalledPlugin] = [:]
    var warnings: [Diagnostic] = []
    for directory in directories {
      guard let names = try? Path.list(directory) else { continue }
      var locks = lock.map { [$0] } ?? []
      if usesLocks, names.contains(PluginLock.fileName) {
        do throws(Diagnostic) {
          locks.append(try PluginLock(file: "\(directory)/\(PluginLock.fileName)"))
        } catch {
          // A lock that says nothing lets nothing pass.
          warnings.append(error)
          continue
        }
      }
      for name in names where name.hasSuffix(".yaml") {
        let path = "\(directory)/\(name)"
        do {
          let manifest = try ManifestParser.parse(file: path)
          if let first = plugins[manifest.id] {
            warnings.append(
              Diagnostic(
                "plugin '\(manifest.id)' is already known from \(first.manifest.path); this one is not used",
                file: path))
          } else {
            plugins[manifest.id] = InstalledPlugin(
              manifest, directories: directories, locks: locks)
          }
        } catch let problems as Diagnostics {
          warnings += problems.list
        } catch {
          warnings.append(Diagnostic("\(error)", file: path))
        }
      }
    }
    self.plugins = plugins
    self.warnings = warnings
    self.searched = directories
  }

  /// The registry of this installation.
  ///
  /// Searched in this order: `extra`, the directories of FLOW_PLUGIN_PATH, `share/flow/Registry` of the
  /// installation that `flow` stands in, the `Registry` folder of the source tree that it was built in, and
  /// `~/.local/share/flow/Registry`. Never the current directory: code must not run because of where one stands.
  ///
  /// - Parameters:
  ///   - lock: a project's own.
  ///   - usesLocks: whether those that stand beside manifests count.
  public static func standard(
    extra: [String] = [], lock: PluginLock? = nil, usesLocks: Bool = true
  ) -> Registry {
    var directories = extra
    if let path = environment("FLOW_PLUGIN_PATH") {
      directories += path.split(separator: ":").map(String.init)
    }
    var above = Path.parent(Self.executable)
    directories.append("\(Path.parent(above))/share/flow/Registry")
    // .build/x86_64-unknown-linux-gnu/release/flow stands four levels below the tree's Registry.
    for _ in 0..<4 {
      above = Path.parent(above)
      directories.append("\(above)/Registry")
    }
    if let home = environment("HOME") { directories.append("\(home)/.local/share/flow/Registry") }
    var seen: Set<String> = []
    return Registry(
      directories: directories.compactMap { try? Path.real($0) }
        .filter { seen.insert($0).inserted }, lock: lock, usesLocks: usesLocks)
  }

  /// The running `flow`, links followed.
  public static var executable: String { (try? Path.real("/proc/self/exe")) ?? "flow" }

  /// The plugin and operation that `use` names, for instance `tokenize/corpus`.
  ///
  /// - Throws: `Diagnostic` with what was searched and a suggestion.
  public func operation(
    _ use: String
  ) throws(Diagnostic) -> (InstalledPlugin, Manifest.Operation) {
    let parts = use.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2 else {
      throw Diagnostic("'\(use)' does not name an operation", fix: "write PLUGIN/OPERATION")
    }
    guard let plugin = plugins[parts[0]] else {
      throw Diagnostic(
        "there is no plugin '\(parts[0])'",
        fix: Suggestion.fix(for: parts[0], among: plugins.keys)
          ?? "no manifests were found in \(searched.joined(separator: ", "))")
    }
    guard let operation = plugin.manifest.operation(parts[1]) else {
      throw Diagnostic(
        "plugin '\(parts[0])' has no operation '\(parts[1])'",
        fix: Suggestion.fix(for: parts[1], among: plugin.manifest.operations.map(\.name)))
    }
    return (plugin, operation)
  }
}

/// A variable of this process's environment.
public func environment(_ name: String) -> String? {
  getenv(name).map { String(cString: $0) }
}
