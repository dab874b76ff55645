import CFlowPlugin
import Files
import FoundationEssentials

/// One operation of a plugin.
///
/// The manifest in `Registry/` declares its inputs, outputs and parameters; the host has checked them and
/// filled in the defaults before `init(_:)` is called.
public protocol Operation {
  /// The parameters, decoded from JSON; `learning_rate` in the manifest is `learningRate` here.
  associatedtype Parameters: Decodable
  /// The operation's name in the manifest.
  static var name: String { get }
  init(_ parameters: Parameters)
  /// Does the work.
  ///
  /// - Throws: `StepFailure` to choose how the failure is told; `FileError` counts as failed, any other
  ///   error too.
  func run(_ step: Step) throws
}

/// The parameters of an operation that has none.
public struct NoParameters: Decodable {}

/// A plugin's table for the host, made once per process and never freed.
///
///     private let plugin = Plugin("count", version: "1.0.0", operations: [Count.self])
///
///     @c(flow_plugin_count)
///     public func entry(_ host: UnsafePointer<FlowHost>?) -> UnsafePointer<FlowPluginTable>? {
///       plugin.table
///     }
public struct Plugin: @unchecked Sendable {
  // The table is constant after init, hence safe to share.
  /// What the entry function returns.
  public let table: UnsafePointer<FlowPluginTable>?

  /// - Parameters:
  ///   - name: the manifest's id.
  ///   - version: the manifest's version.
  public init(_ name: String, version: String, operations: [any Operation.Type]) {
    let pointers = UnsafeMutablePointer<UnsafePointer<FlowOperation>?>.allocate(
      capacity: operations.count + 1)
    for (position, operation) in operations.enumerated() {
      let entry = UnsafeMutablePointer<FlowOperation>.allocate(capacity: 1)
      let type = UnsafeMutablePointer<any Operation.Type>.allocate(capacity: 1)
      type.initialize(to: operation)
      entry.initialize(
        to: FlowOperation(
          size: MemoryLayout<FlowOperation>.size, name: constant(operation.name),
          run: runOperation, context: UnsafeRawPointer(type)))
      (pointers + position).initialize(to: UnsafePointer(entry))
    }
    (pointers + operations.count).initialize(to: nil)
    let table = UnsafeMutablePointer<FlowPluginTable>.allocate(capacity: 1)
    table.initialize(
      to: FlowPluginTable(
        size: MemoryLayout<FlowPluginTable>.size, abi: UInt32(FLOW_ABI), name: constant(name),
        version: constant(version), operations: UnsafePointer(pointers)))
    self.table = UnsafePointer(table)
  }
}

/// A C string that lives as long as the process.
private func constant(_ text: String) -> UnsafePointer<CChar> {
  let bytes = Array(text.utf8CString)
  let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
  copy.initialize(from: bytes, count: bytes.count)
  return UnsafePointer(copy)
}

/// The border: C on one side, a Swift operation on the other. No Swift error crosses it.
private func runOperation(
  _ operation: UnsafePointer<FlowOperation>?, _ host: UnsafePointer<FlowHost>?,
  _ step: OpaquePointer?
) -> FlowStatus {
  guard let host, let step, let context = operation?.pointee.context else { return .failed }
  let type = context.assumingMemoryBound(to: (any Operation.Type).self).pointee
  let running = Step(host: host, step: step)
  do {
    try run(type, running)
    return .ok
  } catch let failure as StepFailure {
    return running.fail(failure)
  } catch let error as DecodingError {
    return running.fail(StepFailure(.invalid, "a file is not what it should be: \(explain(error))"))
  } catch {
    return running.fail(StepFailure(.failed, "\(error)"))
  }
}

private func run<Body: Operation>(_ type: Body.Type, _ step: Step) throws {
  let decoder = JSONDecoder()
  decoder.keyDecodingStrategy = .convertFromSnakeCase
  let parameters: Body.Parameters
  do {
    parameters = try decoder.decode(Body.Parameters.self, from: Data(step.parameters.utf8))
  } catch let error as DecodingError {
    // The host has checked them against the manifest: manifest and code do not agree.
    throw StepFailure(.failed, "the manifest's parameters do not fit the plugin: \(explain(error))")
  }
  try Body(parameters).run(step)
}

/// A decoding error in words: where, and what is wrong there.
private func explain(_ error: DecodingError) -> String {
  func place(_ path: [any CodingKey]) -> String {
    path.isEmpty ? "" : "'\(path.map(\.stringValue).joined(separator: "."))': "
  }
  switch error {
  case .keyNotFound(let key, let context):
    return place(context.codingPath + [key]) + "it is missing"
  case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
    return place(context.codingPath) + context.debugDescription
  @unknown default: return "\(error)"
  }
}
