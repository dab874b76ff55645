import CFlowPlugin
import Files
import Glibc
import Synchronization

/// The step behind the `flow_step *` of the C header: what a plugin asks for, and what it tells.
final class RunningStep: @unchecked Sendable {
  // Every member is either constant after init or guarded by `state`; plugins call from any thread.
  private let events: Int32
  private let inputs: [String: [UnsafePointer<CChar>]]
  private let outputs: [String: UnsafePointer<CChar>]
  private let parameterTexts: [String: UnsafePointer<CChar>]
  let parameters: UnsafePointer<CChar>
  let scratch: UnsafePointer<CChar>
  let threads: UInt32
  let rank: Rank
  private let cancelled = Atomic<Bool>(false)
  private let state = Mutex(State())

  private struct State {
    var message = ""
    var status = FlowStatus.failed
    var lastProgress = 0.0
  }

  init(_ request: StepRequest, events: Int32) {
    self.events = events
    inputs = Dictionary(
      request.inputs.map { ($0.name, $0.paths.map(Self.constant)) }
    ) { first, _ in first }
    outputs = Dictionary(
      request.operation.outputs.map {
        ($0.name, Self.constant("\(request.outputDirectory)/\($0.path)"))
      }
    ) { first, _ in first }
    parameterTexts = request.parameters.mapValues { Self.constant(plain($0)) }
    parameters = Self.constant(JSON.object(request.parameters).text)
    scratch = Self.constant(request.scratchDirectory)
    threads = UInt32(max(1, request.threads))
    rank = request.rank
  }

  /// A C string that lives as long as the process, which ends with the step.
  private static func constant(_ text: String) -> UnsafePointer<CChar> {
    let bytes = text.utf8CString
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
    for (position, byte) in bytes.enumerated() { copy[position] = byte }
    return UnsafePointer(copy)
  }

  // MARK: What the plugin asks

  func input(_ name: String, _ index: Int) -> UnsafePointer<CChar>? {
    guard let paths = inputs[name], paths.indices.contains(index) else { return nil }
    return paths[index]
  }

  func output(_ name: String) -> UnsafePointer<CChar>? { outputs[name] }

  func parameter(_ name: String) -> UnsafePointer<CChar>? { parameterTexts[name] }

  var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

  // MARK: What the plugin tells

  func send(_ event: StepEvent) {
    let bytes = Array(event.line.utf8)
    // One lock for all senders: lines of two threads must not mix.
    state.withLock { _ in
      var sent = 0
      while sent < bytes.count {
        let count = bytes[sent...].withUnsafeBytes { write(events, $0.baseAddress, $0.count) }
        if count > 0 {
          sent += count
        } else if errno != EINTR {
          return
        }
      }
    }
  }

  /// At most ten a second, and always the last of a count.
  func progress(_ done: Double, _ total: Double, _ unit: String, _ note: String?) {
    let moment = monotonicSeconds()
    let isDue = state.withLock { state in
      guard moment - state.lastProgress >= 0.1 || (total > 0 && done >= total) else {
        return false
      }
      state.lastProgress = moment
      return true
    }
    if isDue { send(.progress(done: done, total: total, unit: unit, note: note)) }
  }

  @discardableResult
  func fail(_ status: FlowStatus, _ message: String) -> FlowStatus {
    state.withLock { $0.message = message }
    return status
  }

  /// The operation returned.
  func end(_ status: FlowStatus) {
    let message = state.withLock { state in
      state.status = status
      return state.message
    }
    send(.end(status: Int(status.rawValue), message: message))
  }

  var finalStatus: FlowStatus { state.withLock { $0.status } }

  // MARK: The supervisor

  /// Listens to the supervisor on standard input: a line asks to stop, the end means that it died, and a
  /// worker that nobody waits for leaves at once, with all that the plugin started.
  func watchSupervisor() {
    // Handlers that do nothing, not SIG_IGN: programs that the plugin starts would inherit the latter. A
    // batch system may send a job's signals to all its processes; the supervisor is who answers them.
    for number in [SIGTERM, SIGINT, SIGPIPE, SIGHUP, SIGUSR1] { signal(number) { _ in } }
    let context = Unmanaged.passUnretained(self).toOpaque()
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        let step = Unmanaged<RunningStep>.fromOpaque(context).takeUnretainedValue()
        var byte: UInt8 = 0
        while true {
          let count = read(0, &byte, 1)
          if count == 1 {
            step.cancelled.store(true, ordering: .relaxed)
          } else if count == 0 || errno != EINTR {
            // Only a group of our own: started by hand, the group may be someone else's.
            if getpgrp() == getpid() { kill(0, SIGKILL) }
            _exit(130)
          }
        }
      }, context)
    pthread_detach(thread)
  }
}
