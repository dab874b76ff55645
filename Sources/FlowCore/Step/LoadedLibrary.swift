import CFlowPlugin
import Files
import Glibc

/// A plugin's library, loaded for the rest of the process's life.
///
/// This is the only code of the engine that calls `dlopen`; a cut library kills whoever does.
struct LoadedLibrary {
  let handle: UnsafeMutableRawPointer
  private let path: String
  private let table: UnsafePointer<FlowPluginTable>

  private typealias Entry =
    @convention(c) (UnsafePointer<FlowHost>?) -> UnsafePointer<FlowPluginTable>?

  /// - Parameter known: what a supervisor that checked the library knows it by; nil where none did.
  /// - Throws: `Diagnostic` where it cannot be loaded or is not what the manifest says.
  init(of plugin: InstalledPlugin, known: String? = nil) throws(Diagnostic) {
    let manifest = plugin.manifest
    let library = try plugin.checkedLibrary()
    if let known, FileIdentity(of: library)?.text != known {
      throw Diagnostic(
        "the library was replaced since the run began, and the step's key is made with the earlier one",
        file: library, fix: "run again: the steps that used it are then run with the new one")
    }
    guard let handle = dlopen(library, RTLD_NOW | RTLD_LOCAL) else {
      let reason = dlerror().map { String(cString: $0) } ?? "unknown reason"
      throw Diagnostic("the library cannot be loaded: \(reason)", file: library)
    }
    guard let symbol = dlsym(handle, manifest.entrySymbol) else {
      throw Diagnostic(
        "the library does not export \(manifest.entrySymbol)", file: library,
        fix: "end it with FLOW_PLUGIN(\(manifest.entrySymbol.dropFirst("flow_plugin_".count)))")
    }
    let entry = unsafeBitCast(symbol, to: Entry.self)
    guard let table = entry(HostTable.pointer) else {
      throw Diagnostic("the plugin declined to work with flow \(flowVersion)", file: library)
    }
    guard table.pointee.abi == FLOW_ABI else {
      throw Diagnostic(
        "the library of plugin '\(manifest.id)' speaks ABI \(table.pointee.abi), this flow speaks ABI \(FLOW_ABI)",
        file: library, fix: "build the plugin with the flow/plugin.h of this flow")
    }
    let name = table.pointee.name.map { String(cString: $0) } ?? ""
    let version = table.pointee.version.map { String(cString: $0) } ?? ""
    guard name == manifest.id, version == manifest.version else {
      throw Diagnostic(
        "the manifest says '\(manifest.id)' \(manifest.version), the library says '\(name)' \(version)",
        file: manifest.path, fix: "install the manifest and the library of the same build")
    }
    self.handle = handle
    self.table = table
    path = library
  }

  /// - Throws: `Diagnostic` where the library has no such operation.
  func operation(_ name: String) throws(Diagnostic) -> UnsafePointer<FlowOperation> {
    var next = table.pointee.operations
    while let operation = next?.pointee {
      if operation.pointee.name.map({ String(cString: $0) }) == name {
        guard operation.pointee.run != nil else { break }
        return operation
      }
      next = next?.successor()
    }
    throw Diagnostic(
      "the library has no operation '\(name)', which its manifest declares", file: path,
      fix: "install the manifest and the library of the same build")
  }
}
