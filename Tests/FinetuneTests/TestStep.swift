import CFlowPlugin
import Files
import Glibc

@testable import FlowPlugin

/// A host for one operation, in this process: what `flow step run` does, without the engine.
final class TestStep {
  let folder: String
  var inputs: [String: [String]] = [:]
  /// The JSON of the parameters.
  var parameters = "{}"
  /// After how many reports of progress the step is told to stop; nil for never.
  var stopsAfter: Int?
  fileprivate(set) var reports = 0
  fileprivate(set) var records: [String: JSON] = [:]
  fileprivate(set) var metrics: [String: [Double]] = [:]
  fileprivate(set) var warnings: [String] = []
  fileprivate(set) var log: [String] = []
  /// Strings given to the plugin live as long as this object.
  fileprivate var strings: [UnsafeMutablePointer<CChar>] = []

  /// - Parameter folder: outputs and scratch are made in it.
  init(folder: String) throws {
    self.folder = folder
    try Path.createDirectory("\(folder)/scratch")
  }

  deinit { for string in strings { free(string) } }

  /// Runs an operation.
  func run(_ operation: some Operation) throws {
    reports = 0
    var host = FlowHost()
    host.size = MemoryLayout<FlowHost>.size
    host.abi = 1
    host.log = { step, level, message in
      guard let message else { return }
      current(step).log.append(String(cString: message))
      if level == FlowLevel.warning { current(step).warnings.append(String(cString: message)) }
    }
    host.progress = { step, _, _, _, _ in current(step).reports += 1 }
    host.metric = { step, name, value, _ in
      if let name { current(step).metrics[String(cString: name), default: []].append(value) }
    }
    host.cancelled = { step in
      let step = current(step)
      return step.stopsAfter.map { step.reports >= $0 } ?? false
    }
    host.fail = { _, status, _ in status }
    host.parameters = { step in
      let step = current(step)
      return step.lasting(step.parameters)
    }
    host.parameter = { _, _ in nil }
    host.input = { step, name, index in
      guard let name else { return nil }
      let step = current(step)
      let paths = step.inputs[String(cString: name)] ?? []
      return index < paths.count ? step.lasting(paths[index]) : nil
    }
    host.output = { step, name in
      guard let name else { return nil }
      let step = current(step)
      return step.lasting("\(step.folder)/\(String(cString: name))")
    }
    host.scratch = { step in
      let step = current(step)
      return step.lasting("\(step.folder)/scratch")
    }
    host.record = { step, key, json in
      guard let key, let json else { return }
      current(step).records[String(cString: key)] = try? JSON(parsing: String(cString: json))
    }
    host.threads = { _ in 1 }
    try withUnsafePointer(to: host) { host in
      try operation.run(
        Step(host: host, step: OpaquePointer(Unmanaged.passUnretained(self).toOpaque())))
    }
  }

  private func lasting(_ text: String) -> UnsafePointer<CChar>? {
    guard let copy = strdup(text) else { return nil }
    strings.append(copy)
    return UnsafePointer(copy)
  }
}

private func current(_ step: OpaquePointer?) -> TestStep {
  Unmanaged<TestStep>.fromOpaque(UnsafeRawPointer(step!)).takeUnretainedValue()
}

/// A folder that goes when the test ends.
final class TestFolder {
  let path = "/tmp/flow-finetune-\(getpid())-\(UInt64.random(in: 0 ... .max))"
  init() throws { try Path.createDirectory(path) }
  deinit { try? Path.remove(path) }
}
