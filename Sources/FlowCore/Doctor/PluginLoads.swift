import Files
import Glibc

/// Every plugin's library, loaded in a process of its own, which may die of it.
public struct PluginLoads {
  private let registry: Registry
  private let started: [(id: String, program: BoundedProgram?)]

  /// Begins to load them all.
  init(of registry: Registry) {
    self.registry = registry
    started = registry.plugins.values.sorted { $0.manifest.id < $1.manifest.id }.map { plugin in
      (
        plugin.manifest.id,
        BoundedProgram(
          Registry.executable,
          ["plugin", "try", plugin.manifest.id]
            + registry.searched.flatMap { ["--plugin-dir", $0] }, seconds: 5)
      )
    }
  }

  func findings() -> [Finding] {
    var findings = registry.warnings.map {
      Finding.warning(
        "plugins", "\($0.file ?? ""): \($0.message)", fix: $0.fix ?? "mend the manifest")
    }
    if started.isEmpty {
      findings.append(
        .failure(
          "plugins",
          registry.searched.isEmpty
            ? "there is no directory of plugins"
            : "none were found in \(registry.searched.joined(separator: ", "))",
          fix: "name the directory of their manifests in FLOW_PLUGIN_PATH"))
    }
    for (id, program) in started {
      let result = program?.finish()
      let lines = (result?.output ?? "").split(separator: "\n").map {
        String(Visible.cell(String($0)))
      }
      switch result?.exitCode {
      case 0: findings.append(.ok("plugin \(id)", lines.joined(separator: ", ")))
      case nil:
        findings.append(
          .failure(
            "plugin \(id)", "its library crashes or hangs when it is loaded",
            fix: "build or install it anew"))
      default:
        let fix = lines.last { $0.contains("fix: ") }?.split(separator: "fix: ").last
        findings.append(
          .failure(
            "plugin \(id)", lines.first ?? "it cannot be loaded",
            fix: fix.map(String.init) ?? "build or install it anew"))
      }
    }
    return findings
  }

  /// The child's side: loads one plugin's library.
  ///
  /// - Returns: what to say about it: version, and of libraries that came with it what they tell.
  public static func load(_ plugin: InstalledPlugin) throws(Diagnostic) -> [String] {
    Worker.prepareEnvironment(of: plugin.manifest, threads: 1) { _ in }
    let library = try LoadedLibrary(of: plugin)
    for operation in plugin.manifest.operations { _ = try library.operation(operation.name) }
    var facts = ["version \(plugin.manifest.version)"]
    typealias Text = @convention(c) () -> UnsafePointer<CChar>?
    for (symbol, words) in [
      ("openblas_get_corename", "OpenBLAS kernels for "), ("curl_version", ""),
    ] {
      // Searches the libraries that came with it too.
      guard let found = dlsym(library.handle, symbol),
        let text = unsafeBitCast(found, to: Text.self)()
      else { continue }
      let fact = String(cString: text).prefix { $0 != " " }
      facts.append("\(words)\(fact)")
    }
    return facts
  }
}
