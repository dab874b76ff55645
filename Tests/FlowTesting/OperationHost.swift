import CFlowPlugin
import Files
import Glibc

/// A host for one operation, in the test's process: what `flow step run` is to a plugin, without the
/// engine. It keeps all that the operation tells it.
///
/// Outputs are made in `directory`, scratch is `directory/scratch`; a second run finds what the first
/// one left.
public final class OperationHost {
  /// How an operation ended that did not end well.
  public struct Failure: Error, CustomStringConvertible {
    public let status: FlowStatus
    public let description: String
  }

  /// A report of progress.
  public struct Progress {
    public let done, total: Double
    public let unit: String
    public let note: String?
  }

  public let directory: String
  /// Paths, by the input's name.
  public var inputs: [String: [String]]
  public let parameters: JSON
  /// The threads that the operation may use.
  public var threads: UInt32 = 1
  /// After how many reports of progress in a run the operation is told to stop; 0 is at once.
  public var stopsAfter = Int.max

  /// At which question whether it should stop, counted from 1 in a run, the operation is told to.
  public var stopsAtQuestion = Int.max

  public private(set) var progress: [Progress] = []
  public private(set) var metrics: [String: [(at: Int, value: Double)]] = [:]
  public private(set) var records: [String: JSON] = [:]
  public private(set) var log: [String] = []
  /// Those of `log` that are warnings.
  public private(set) var warnings: [String] = []
  private var message = ""
  private var reports = 0
  private var questions = 0
  /// Strings handed to the plugin live as long as the host.
  private var strings: [UnsafeMutablePointer<CChar>] = []

  /// - Parameter directory: for outputs and scratch; made where it is absent.
  public init(
    parameters: JSON = [:], inputs: [String: [String]] = [:], directory: String
  ) throws {
    self.parameters = parameters
    self.inputs = inputs
    self.directory = directory
    try Path.createDirectory("\(directory)/scratch")
  }

  deinit { for string in strings { free(string) } }

  /// Where an output is made.
  public func output(_ name: String) -> String { "\(directory)/\(name)" }

  /// Runs an operation through the plugin's C table, as `flow` does.
  ///
  /// - Parameter entry: the plugin's entry function.
  /// - Throws: `Failure` where the operation does not end with `FlowStatus.ok`.
  public func run(
    _ operation: String, of entry: (UnsafePointer<FlowHost>?) -> UnsafePointer<FlowPluginTable>?
  ) throws {
    message = ""
    reports = 0
    questions = 0
    let step = OpaquePointer(Unmanaged.passUnretained(self).toOpaque())
    let status = withUnsafePointer(to: OperationHost.table) { host in
      var next = entry(host)?.pointee.operations
      while let found = next?.pointee {
        if text(found.pointee.name) == operation { return found.pointee.run(found, host, step) }
        next = next?.successor()
      }
      message = "the plugin has no operation '\(operation)'"
      return .failed
    }
    if status != .ok { throw Failure(status: status, description: message) }
  }

  /// How the operation ends that is expected not to end well; nil where it ends well.
  public func failure(
    _ operation: String, of entry: (UnsafePointer<FlowHost>?) -> UnsafePointer<FlowPluginTable>?
  ) -> Failure? {
    do {
      try run(operation, of: entry)
      return nil
    } catch { return error as? Failure }
  }

  private func lend(_ text: String) -> UnsafePointer<CChar>? {
    guard let copy = strdup(text) else { return nil }
    strings.append(copy)
    return UnsafePointer(copy)
  }

  private static var table: FlowHost {
    FlowHost(
      size: MemoryLayout<FlowHost>.size, abi: UInt32(FLOW_ABI), version: nil,
      log: { step, level, message in
        host(step).log.append(text(message))
        if level == .warning { host(step).warnings.append(text(message)) }
      },
      progress: { step, done, total, unit, note in
        host(step).reports += 1
        host(step).progress.append(
          Progress(
            done: done, total: total, unit: text(unit), note: note.map { String(cString: $0) }))
      },
      metric: { step, name, value, at in
        host(step).metrics[text(name), default: []].append((Int(at), value))
      },
      cancelled: { step in
        host(step).questions += 1
        return host(step).reports >= host(step).stopsAfter
          || host(step).questions >= host(step).stopsAtQuestion
      },
      fail: { step, status, message in
        host(step).message = text(message)
        return status
      },
      parameters: { step in host(step).lend(host(step).parameters.text) },
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
      threads: { step in host(step).threads }, rank: { _ in 0 }, ranks: { _ in 1 })
  }
}

private func host(_ step: OpaquePointer?) -> OperationHost {
  guard let step else { fatalError("a call without its step") }
  return Unmanaged<OperationHost>.fromOpaque(UnsafeRawPointer(step)).takeUnretainedValue()
}

private func text(_ pointer: UnsafePointer<CChar>?) -> String {
  pointer.map { String(cString: $0) } ?? ""
}
