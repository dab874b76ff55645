import CFlowPlugin
import Files
import Glibc

@testable import Pretrain

/// A host that runs one operation of the plugin through its C table, as `flow` does, and keeps what
/// it is told.
final class TestHost {
  var inputs: [String: [String]]
  let directory: String
  let parametersText: UnsafeMutablePointer<CChar>
  var threads: UInt32 = 1
  /// The step is cancelled once so many progress reports came.
  var cancelAfter = Int.max
  private(set) var reports = 0
  private(set) var message = ""
  private(set) var metrics: [String: [(at: Int, value: Double)]] = [:]
  private(set) var log: [String] = []
  private(set) var records: [String: JSON] = [:]
  /// Strings handed to the plugin live as long as the host.
  private var strings: [UnsafeMutablePointer<CChar>] = []

  /// - Parameter directory: for outputs and scratch.
  init(parameters: JSON = [:], inputs: [String: [String]], directory: String) {
    self.inputs = inputs
    self.directory = directory
    parametersText = strdup(parameters.text)
  }

  deinit {
    free(parametersText)
    for string in strings { free(string) }
  }

  /// Runs `operation` and tells how it ended.
  func run(_ operation: String) -> FlowStatus {
    var table = TestHost.table
    let step = OpaquePointer(Unmanaged.passUnretained(self).toOpaque())
    return withUnsafePointer(to: &table) { host in
      var next = entry(host)?.pointee.operations
      while let found = next?.pointee {
        if String(cString: found.pointee.name) == operation {
          return found.pointee.run(found, host, step)
        }
        next = next?.successor()
      }
      return .failed
    }
  }

  func output(_ name: String) -> String { "\(directory)/\(name)" }

  private func lend(_ text: String) -> UnsafePointer<CChar>? {
    guard let copy = strdup(text) else { return nil }
    strings.append(copy)
    return UnsafePointer(copy)
  }

  private static var table: FlowHost {
    FlowHost(
      size: MemoryLayout<FlowHost>.size, abi: UInt32(FLOW_ABI), version: nil,
      log: { step, _, message in host(step).log.append(text(message)) },
      progress: { step, _, _, _, _ in host(step).reports += 1 },
      metric: { step, name, value, at in
        host(step).metrics[text(name), default: []].append((Int(at), value))
      },
      cancelled: { step in host(step).reports >= host(step).cancelAfter },
      fail: { step, status, message in
        host(step).message = text(message)
        return status
      },
      parameters: { step in UnsafePointer(host(step).parametersText) },
      parameter: { _, _ in nil },
      input: { step, name, index in
        let paths = host(step).inputs[text(name)] ?? []
        return index < paths.count ? host(step).lend(paths[index]) : nil
      },
      output: { step, name in host(step).lend(host(step).output(text(name))) },
      scratch: { step in host(step).lend(host(step).output("scratch")) },
      record: { step, key, json in
        host(step).records[text(key)] = try? JSON(parsing: text(json))
      },
      threads: { step in host(step).threads })
  }
}

private func host(_ step: OpaquePointer?) -> TestHost {
  guard let step else { fatalError("a call without its step") }
  return Unmanaged<TestHost>.fromOpaque(UnsafeRawPointer(step)).takeUnretainedValue()
}

private func text(_ pointer: UnsafePointer<CChar>?) -> String {
  pointer.map { String(cString: $0) } ?? ""
}
