import CFlowPlugin
import Files

/// The `flow_host` table: C functions that hand each call to the `RunningStep` behind the pointer.
enum HostTable {
  /// Made once, never freed, never changed: plugins keep the pointer.
  nonisolated(unsafe) static let pointer: UnsafePointer<FlowHost> = {
    let host = UnsafeMutablePointer<FlowHost>.allocate(capacity: 1)
    host.initialize(to: table)
    return UnsafePointer(host)
  }()

  nonisolated(unsafe) private static let version: UnsafePointer<CChar> = {
    let bytes = Array(flowVersion.utf8CString)
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
    copy.initialize(from: bytes, count: bytes.count)
    return UnsafePointer(copy)
  }()

  private static var table: FlowHost {
    FlowHost(
      size: MemoryLayout<FlowHost>.size, abi: UInt32(FLOW_ABI), version: version,
      log: { step, level, message in
        running(step)?.send(.log(level: Int(level.rawValue), message: text(message)))
      },
      progress: { step, done, total, unit, note in
        guard done.isFinite, total.isFinite, done >= 0, total >= 0 else { return }
        running(step)?.progress(done, total, text(unit), note.map { String(cString: $0) })
      },
      metric: { step, name, value, at in
        running(step)?.send(.metric(name: text(name), value: value, at: Int(at)))
      },
      cancelled: { step in running(step)?.isCancelled ?? true },
      fail: { step, status, message in running(step)?.fail(status, text(message)) ?? status },
      parameters: { step in running(step)?.parameters },
      parameter: { step, name in running(step)?.parameter(text(name)) },
      input: { step, name, index in running(step)?.input(text(name), index) },
      output: { step, name in running(step)?.output(text(name)) },
      scratch: { step in running(step)?.scratch },
      record: { step, key, json in
        let value = (try? JSON(parsing: text(json))) ?? .string(text(json))
        running(step)?.send(.record(key: text(key), value: value))
      },
      threads: { step in running(step)?.threads ?? 1 },
      rank: { step in UInt32(running(step)?.rank.number ?? 0) },
      ranks: { step in UInt32(running(step)?.rank.count ?? 1) })
  }
}

// Free functions: a C function pointer cannot be formed from a closure that captures `Self`.

private func running(_ step: OpaquePointer?) -> RunningStep? {
  step.map {
    Unmanaged<RunningStep>.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue()
  }
}

/// A plugin's string; NULL reads as empty rather than ending the step.
private func text(_ pointer: UnsafePointer<CChar>?) -> String {
  pointer.map { String(cString: $0) } ?? ""
}
