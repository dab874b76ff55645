import CFlowPlugin
import Files
import Glibc

/// The child's side of a step: loads the library, runs the operation, tells the supervisor by events.
///
/// It runs in a process that may die of the library.
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
    if !request.devices.isEmpty {
      setenv("CUDA_VISIBLE_DEVICES", request.devices.joined(separator: ","), 1)
    }
    prepareEnvironment(of: request.plugin.manifest, threads: request.threads) {
      step.send(.log(level: 0, message: $0))
    }
    do throws(Diagnostic) {
      let operation = try LoadedLibrary(of: request.plugin, known: library)
        .operation(request.operation.name)
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
  ///
  /// - Parameter tell: called with what the log should say.
  static func prepareEnvironment(
    of manifest: Manifest, threads: Int, tell: (String) -> Void
  ) {
    setenv("OMP_NUM_THREADS", String(threads), 1)
    var settled: Set<String> = []
    for rule in manifest.environment where !settled.contains(rule.variable) {
      guard rule.cpu?.isPresent ?? true else { continue }
      settled.insert(rule.variable)
      let chosen = environment("FLOW_ENV_\(rule.variable)") ?? rule.value
      if let found = environment(rule.variable), found != chosen {
        tell(
          "\(rule.variable)=\(found) of the environment is replaced by \(chosen); "
            + "to choose, set FLOW_ENV_\(rule.variable)")
      }
      setenv(rule.variable, chosen, 1)
    }
  }
}
