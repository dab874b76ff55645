import CFlowPlugin
import Files
import Glibc

/// The child's side of a step: loads the library, runs the operation, tells the supervisor by events.
///
/// This is the only code of the engine that calls `dlopen`, and it runs in a process that may die of it.
public enum Worker {
  /// Runs `request` in this process and returns the process's exit code.
  ///
  /// - Parameters:
  ///   - events: the descriptor on which the supervisor listens.
  ///   - library: what the supervisor knows the library by; nil where it checked none.
  public static func run(_ request: StepRequest, events: Int32, library: String?) -> Int32 {
    // Children of the plugin must not keep the supervisor waiting for the end of the events.
    _ = fcntl(events, F_SETFD, FD_CLOEXEC)
    let step = RunningStep(request, events: events)
    // Never released: the watching thread and the plugin's threads may hold it until the process ends.
    let handle = OpaquePointer(Unmanaged.passRetained(step).toOpaque())
    step.watchSupervisor()
    prepareEnvironment(request, step)
    do throws(Diagnostic) {
      let operation = try operation(of: request, library: library)
      step.end(operation.pointee.run(operation, HostTable.pointer, handle))
    } catch {
      step.fail(.failed, "\(error)")
      step.end(.failed)
    }
    return exitCode(step.finalStatus)
  }

  private static func exitCode(_ status: FlowStatus) -> Int32 {
    switch status {
    case .ok: 0
    case .cancelled: 130
    case .invalid: 2
    case .unavailable: 75
    default: 1
    }
  }

  /// Sets what must be set before libraries are loaded: the manifest's environment, and the number of
  /// threads for libraries that start theirs when loaded.
  ///
  /// A step's environment is its manifest's, not that of whoever starts it: a variable that a login profile
  /// sets for other programs is replaced, and the log says so. `FLOW_ENV_NAME` in the environment is how a
  /// user chooses another value of NAME on purpose.
  private static func prepareEnvironment(_ request: StepRequest, _ step: RunningStep) {
    if !request.devices.isEmpty {
      setenv("CUDA_VISIBLE_DEVICES", request.devices.joined(separator: ","), 1)
    }
    setenv("OMP_NUM_THREADS", String(request.threads), 1)
    var settled: Set<String> = []
    for rule in request.plugin.manifest.environment where !settled.contains(rule.variable) {
      guard rule.cpu?.isPresent ?? true else { continue }
      settled.insert(rule.variable)
      let chosen = environment("FLOW_ENV_\(rule.variable)") ?? rule.value
      if let found = environment(rule.variable), found != chosen {
        step.send(
          .log(
            level: 0,
            message: "\(rule.variable)=\(found) of the environment is replaced by \(chosen); "
              + "to choose, set FLOW_ENV_\(rule.variable)"))
      }
      setenv(rule.variable, chosen, 1)
    }
  }

  private typealias Entry =
    @convention(c) (UnsafePointer<FlowHost>?) -> UnsafePointer<FlowPluginTable>?

  /// Loads the library, for the rest of the process's life, and finds the operation in it.
  private static func operation(
    of request: StepRequest, library known: String?
  ) throws(Diagnostic) -> UnsafePointer<FlowOperation> {
    let manifest = request.plugin.manifest
    let library = try request.plugin.checkedLibrary()
    if let known, FileIdentity(of: library)?.text != known {
      throw Diagnostic(
        "the library was replaced since the run began, and the step's key is made with the earlier one",
        file: library, fix: "run again: the steps that used it are then run with the new one")
    }
    guard let handle = dlopen(library, RTLD_NOW | RTLD_LOCAL) else {
      throw Diagnostic("the library cannot be loaded: \(loaderMessage())", file: library)
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
    var next = table.pointee.operations
    while let operation = next?.pointee {
      if operation.pointee.name.map({ String(cString: $0) }) == request.operation.name {
        guard operation.pointee.run != nil else { break }
        return operation
      }
      next = next?.successor()
    }
    throw Diagnostic(
      "the library has no operation '\(request.operation.name)', which its manifest declares",
      file: library, fix: "install the manifest and the library of the same build")
  }

  private static func loaderMessage() -> String {
    dlerror().map { String(cString: $0) } ?? "unknown reason"
  }
}
