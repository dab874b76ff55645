import CFlowPlugin

/// Why a step ends without its outputs, in words for its user: what, where, why, what to do.
public struct StepFailure: Error, CustomStringConvertible {
  public enum Kind: Sendable {
    /// An input or a parameter is wrong: the user must change something.
    case invalid
    /// The world's fault; a retry may succeed.
    case unavailable
    /// The step was asked to stop.
    case cancelled
    /// Anything else.
    case failed

    var status: FlowStatus {
      switch self {
      case .invalid: FlowStatus.invalid
      case .unavailable: FlowStatus.unavailable
      case .cancelled: FlowStatus.cancelled
      case .failed: FlowStatus.failed
      }
    }
  }

  public let kind: Kind
  public let message: String

  public init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  public var description: String { message }
}
