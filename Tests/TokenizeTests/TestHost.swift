import CFlowPlugin
import Files
import Glibc

/// A host for one operation, in this process: what it was given, and what it said.
final class TestHost {
  let parameters: String
  let inputs: [String: [String]]
  /// Outputs are created in `directory/out`, scratch is `directory/scratch`.
  let directory: String
  var isCancelled = false
  private(set) var records: [String: JSON] = [:]
  private(set) var log: [String] = []
  private(set) var progress: [(done: Double, total: Double, unit: String)] = []
  private var message = ""
  private var strings: [UnsafeMutablePointer<CChar>] = []

  init(parameters: JSON, inputs: [String: [String]], directory: String) throws {
    self.parameters = parameters.text
    self.inputs = inputs
    self.directory = directory
    try Path.createDirectory("\(directory)/out")
    try Path.createDirectory("\(directory)/scratch")
  }

  deinit { for string in strings { free(string) } }

  /// How an operation ended that did not end well.
  struct Failure: Error, CustomStringConvertible {
    let status: FlowStatus
    let description: String
  }

  /// Runs the first operation of a plugin through its table, as `flow` does.
  func run(_ plugin: UnsafePointer<FlowPluginTable>?) throws {
    guard let operation = plugin?.pointee.operations[0] else {
      throw Failure(status: .failed, description: "the plugin has no operation")
    }
    var host = FlowHost()
    host.size = MemoryLayout<FlowHost>.size
    host.abi = UInt32(FLOW_ABI)
    host.log = { step, _, message in
      if let message { TestHost.of(step).log.append(String(cString: message)) }
    }
    host.progress = { step, done, total, unit, _ in
      TestHost.of(step).progress.append((done, total, unit.map { String(cString: $0) } ?? ""))
    }
    host.cancelled = { TestHost.of($0).isCancelled }
    host.fail = { step, status, message in
      TestHost.of(step).message = message.map { String(cString: $0) } ?? ""
      return status
    }
    host.parameters = { step in TestHost.of(step).keep(TestHost.of(step).parameters) }
    host.input = { step, name, index in
      guard let name, let paths = TestHost.of(step).inputs[String(cString: name)],
        index < paths.count
      else { return nil }
      return TestHost.of(step).keep(paths[index])
    }
    host.output = { step, name in
      guard let name else { return nil }
      return TestHost.of(step).keep("\(TestHost.of(step).directory)/out/\(String(cString: name))")
    }
    host.scratch = { step in TestHost.of(step).keep("\(TestHost.of(step).directory)/scratch") }
    host.record = { step, key, json in
      guard let key, let json else { return }
      TestHost.of(step).records[String(cString: key)] = try? JSON(parsing: String(cString: json))
    }
    host.threads = { _ in 1 }
    let pointer = OpaquePointer(Unmanaged.passUnretained(self).toOpaque())
    let status = withUnsafePointer(to: host) { operation.pointee.run(operation, $0, pointer) }
    if status != .ok { throw Failure(status: status, description: message) }
  }

  private static func of(_ step: OpaquePointer!) -> TestHost {
    Unmanaged<TestHost>.fromOpaque(UnsafeRawPointer(step)).takeUnretainedValue()
  }

  /// Strings from the host are valid until the operation ends.
  private func keep(_ text: String) -> UnsafePointer<CChar>? {
    guard let copy = strdup(text) else { return nil }
    strings.append(copy)
    return UnsafePointer(copy)
  }
}
