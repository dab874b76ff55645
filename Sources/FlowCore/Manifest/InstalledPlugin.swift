import CFlowPlugin
import Files

/// A manifest with the library it names.
public struct InstalledPlugin: Sendable {
  public let manifest: Manifest
  /// The library's path, or nil where no directory has it.
  public let library: String?
  private let searched: [String]
  /// What must agree that the plugin may be loaded.
  private let locks: [PluginLock]

  init(_ manifest: Manifest, directories: [String], locks: [PluginLock] = []) {
    self.manifest = manifest
    self.locks = locks
    searched = [Path.parent(manifest.path), Path.parent(Registry.executable)] + directories
    library =
      searched
      .map { "\($0)/\(manifest.library)" }
      .first { Path.exists($0) }
  }

  /// The library's path, after the checks that need no loading: it is there, it is a library for this
  /// processor, its manifest's ABI is ours, nobody else can replace it, and it is the one that was locked.
  ///
  /// The dynamic loader's own words for a wrong processor ("No such file") or a cut file (it dies) would
  /// mislead, so the ELF header is read first.
  public func checkedLibrary() throws(Diagnostic) -> String {
    guard manifest.abi == FLOW_ABI else {
      throw Diagnostic(
        "plugin '\(manifest.id)' was built for ABI \(manifest.abi), this flow speaks ABI \(FLOW_ABI)",
        file: manifest.path,
        fix: manifest.abi > FLOW_ABI ? "update flow" : "get or build a newer '\(manifest.id)'")
    }
    guard let library else {
      throw Diagnostic(
        "the library \(manifest.library) of plugin '\(manifest.id)' was not found in "
          + searched.joined(separator: ", "), file: manifest.path,
        fix: "build it (`swift build`), or name its directory in FLOW_PLUGIN_PATH")
    }
    let header: [UInt8]
    do {
      let file = try FileHandle.openForReading(library)
      var bytes = [UInt8](repeating: 0, count: 64)
      let count = try file.read(into: &bytes)
      header = Array(bytes[..<count])
    } catch {
      throw Diagnostic("\(error)", file: manifest.path)
    }
    guard header.count == 64, header.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else {
      throw Diagnostic("this is no shared library (no ELF header)", file: library)
    }
    // e_ident[EI_CLASS] 2: 64 bit; e_machine at byte 18: 62 x86-64, 183 AArch64.
    #if arch(x86_64)
      let machine = 62
    #else
      let machine = 183
    #endif
    guard header[4] == 2, Int(header[18]) + Int(header[19]) << 8 == machine else {
      throw Diagnostic("this library was built for another processor", file: library)
    }
    let protection = FileProtection()
    for path in [manifest.path, library] {
      if let problem = protection.problem(of: path) { throw problem }
    }
    for lock in locks { try lock.check(self, library: library) }
    return library
  }
}
