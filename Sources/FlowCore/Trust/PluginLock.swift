import Files

/// What plugins were when someone looked at them: the hashes of their manifests and libraries. Where a lock stands,
/// nothing else is loaded.
public struct PluginLock: Equatable, Sendable {
  public struct Entry: Equatable, Sendable {
    public var version: String
    /// SHA-256 of the manifest's bytes.
    public var manifest: String
    /// SHA-256 of the library's bytes.
    public var library: String
  }

  /// The name under which a lock is found, beside manifests and beside a workflow.
  public static let fileName = "plugins.lock"
  private static let format = 1

  public let path: String
  /// By the plugins' ids.
  public let plugins: [String: Entry]

  /// What the plugins are now; without those whose library is not there.
  ///
  /// - Throws: `FileError`.
  public init(of plugins: some Sequence<InstalledPlugin>, path: String) throws(FileError) {
    var entries: [String: Entry] = [:]
    for plugin in plugins {
      guard let library = plugin.library else { continue }
      entries[plugin.manifest.id] = Entry(
        version: plugin.manifest.version,
        manifest: try StreamingHash.of(file: plugin.manifest.path),
        library: try StreamingHash.of(file: library))
    }
    self.path = path
    self.plugins = entries
  }

  /// - Throws: `Diagnostic` where the file is no lock that this flow reads.
  public init(file path: String) throws(Diagnostic) {
    let json: JSON
    do {
      json = try JSON(parsing: Path.readRegularText(path, limit: 1 << 20))
    } catch {
      throw Diagnostic(
        "the lock of the plugins cannot be read: \(error)", file: path, fix: Self.remake)
    }
    guard json["flow-plugins-lock"]?.integer == Self.format, let object = json["plugins"]?.object
    else {
      throw Diagnostic(
        "this is no lock of plugins of format \(Self.format)", file: path, fix: Self.remake)
    }
    var plugins: [String: Entry] = [:]
    for (id, entry) in object {
      guard let version = entry["version"]?.string, let manifest = entry["manifest"]?.string,
        let library = entry["library"]?.string
      else {
        throw Diagnostic("the entry of '\(id)' is not complete", file: path, fix: Self.remake)
      }
      plugins[id] = Entry(version: version, manifest: manifest, library: library)
    }
    self.path = path
    self.plugins = plugins
  }

  /// One plugin a line, sorted: a change is a line of a diff.
  public var text: String {
    let lines = plugins.sorted { $0.key < $1.key }.map { id, entry in
      let json: JSON = [
        "version": .string(entry.version), "manifest": .string(entry.manifest),
        "library": .string(entry.library),
      ]
      return "    \(JSON.string(id).text): \(json.text)"
    }
    return "{\n  \"flow-plugins-lock\": \(Self.format),\n  \"plugins\": {\n"
      + lines.joined(separator: ",\n") + "\n  }\n}\n"
  }

  /// - Throws: `Diagnostic` where the plugin is not what was locked.
  func check(_ plugin: InstalledPlugin, library: String) throws(Diagnostic) {
    let manifest = plugin.manifest
    guard let entry = plugins[manifest.id] else {
      throw Diagnostic(
        "plugin '\(manifest.id)' is not in \(path), which says what may be loaded",
        file: manifest.path, fix: "if you trust it: `flow plugin lock -o \(path)`")
    }
    for (file, locked, what) in [
      (manifest.path, entry.manifest, "manifest"), (library, entry.library, "library"),
    ] {
      let found: String
      do {
        found = try StreamingHash.of(file: file)
      } catch {
        throw Diagnostic("\(error)", file: file)
      }
      guard found == locked else {
        throw Diagnostic(
          "the \(what) of plugin '\(manifest.id)' is not the one of \(path): it is \(found.prefix(12))…, "
            + "locked was \(locked.prefix(12))… of version \(entry.version)", file: file,
          fix: "install what was locked; or if you trust the change: `flow plugin lock -o \(path)`")
      }
    }
  }

  private static let remake = "write it anew: `flow plugin lock`"
}
