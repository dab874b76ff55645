import CFlowPlugin
import Files
import FoundationEssentials

/// The running step, as its operation sees it: what to read, where to write, whom to tell.
///
/// All methods may be called from any thread until `run` returns.
public struct Step: @unchecked Sendable {
  // The host's pointers are valid, and its functions thread-safe, until run() returns: the contract of
  // flow/plugin.h. That is why this struct may cross threads.
  private let host: UnsafePointer<FlowHost>
  private let step: OpaquePointer

  init(host: UnsafePointer<FlowHost>, step: OpaquePointer) {
    self.host = host
    self.step = step
  }

  /// The paths given for an input, in order; empty for an optional input that was not given.
  public func inputs(_ name: String) -> [String] {
    var paths: [String] = []
    while let path = host.pointee.input(step, name, paths.count) {
      paths.append(String(cString: path))
    }
    return paths
  }

  /// The path of an input, or nil for an optional one that was not given.
  public func optionalInput(_ name: String) -> String? { inputs(name).first }

  /// The path of a required input.
  public func input(_ name: String) throws(StepFailure) -> String {
    guard let path = optionalInput(name) else {
      throw StepFailure(.invalid, "the input '\(name)' was not given")
    }
    return path
  }

  /// The path at which to create an output. Create the file or directory there; it appears to others when
  /// the step ends well.
  public func output(_ name: String) throws(StepFailure) -> String {
    guard let path = host.pointee.output(step, name) else {
      throw StepFailure(.failed, "the manifest declares no output '\(name)'")
    }
    return String(cString: path)
  }

  /// A directory that outlives a failed or killed attempt of the same step.
  public var scratch: String { host.pointee.scratch(step).map { String(cString: $0) } ?? "." }

  /// How many threads the step may use.
  public var threads: Int { Int(host.pointee.threads(step)) }

  /// Which of the processes that run the step together this is, 0 ..< `ranks`.
  public var rank: Int { hasRanks ? Int(host.pointee.rank(step)) : 0 }

  /// How many processes run the step together; 1 unless a parallel launcher started more and the
  /// manifest says `distributed: true`. Only rank 0's outputs count; the others write none.
  public var ranks: Int { hasRanks ? Int(host.pointee.ranks(step)) : 1 }

  /// A host built before the header had ranks has a smaller table.
  private var hasRanks: Bool {
    MemoryLayout<FlowHost>.offset(of: \.ranks).map { host.pointee.size > $0 } ?? false
  }

  /// All parameters as JSON, defaults filled in.
  public var parameters: String {
    host.pointee.parameters(step).map { String(cString: $0) } ?? "{}"
  }

  public func log(_ message: String, level: FlowLevel = .info) {
    host.pointee.log(step, level, message)
  }

  public func warn(_ message: String) { log(message, level: .warning) }

  /// How far the step is. Call it as often as convenient; the host adds rate and time left.
  ///
  /// - Parameters:
  ///   - total: 0 where unknown.
  ///   - unit: what is counted, for instance "tokens".
  ///   - note: a few words to show beside it.
  public func progress(_ done: Double, of total: Double, _ unit: String, note: String? = nil) {
    host.pointee.progress(step, done, total, unit, note)
  }

  /// One point of a time series, kept in the provenance record and drawn in the report.
  public func metric(_ name: String, _ value: Double, at position: Int) {
    host.pointee.metric(step, name, value, Int64(position))
  }

  /// A fact for the provenance record.
  public func record(_ key: String, _ value: JSON) { host.pointee.record(step, key, value.text) }

  /// Whether the step should stop.
  public var isCancelled: Bool { host.pointee.cancelled(step) }

  /// Throws when the step should stop; call it in every long loop.
  public func checkCancellation() throws(StepFailure) {
    if isCancelled { throw StepFailure(.cancelled, "stopped on request") }
  }

  func fail(_ failure: StepFailure) -> FlowStatus {
    host.pointee.fail(step, failure.kind.status, failure.message)
  }
}
