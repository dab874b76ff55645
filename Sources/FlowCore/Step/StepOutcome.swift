import Glibc

/// How a step's process ended, in words and numbers.
public struct StepOutcome: Sendable, Equatable {
  public enum Kind: String, Sendable { case done, invalid, failed, unavailable, cancelled, crashed }

  public struct Usage: Sendable, Equatable {
    public var userSeconds = 0.0
    public var systemSeconds = 0.0
    /// In bytes.
    public var peakMemory = 0
    /// Through read and write calls, pipes included; nil where that was not counted.
    public var bytesRead: Int?
    public var bytesWritten: Int?
  }

  public var kind: Kind
  /// Why, in words; empty for a step that is done.
  public var message: String
  /// The worker's exit code, where it exited.
  public var exitCode: Int?
  /// The signal that ended it, where one did.
  public var signal: Int?
  public var usage = Usage()
  /// What it was ended for want of; nil where it was not.
  public var limit: Limit?

  public enum Limit: String, Sendable { case memory, time }

  /// What `flow step run` exits with.
  public var processExitCode: Int32 {
    switch kind {
    case .done: 0
    case .failed: 1
    case .invalid: 2
    case .unavailable: 75
    case .cancelled: 130
    case .crashed: Int32(128 + (signal ?? 0))
    }
  }

  /// What a signal means for the user of a plugin.
  static func words(forSignal signal: Int32) -> String {
    switch signal {
    case SIGSEGV: "it read or wrote memory that is not its own (SIGSEGV)"
    case SIGBUS: "it touched memory that is not there, as with a damaged file (SIGBUS)"
    case SIGILL: "it ran into a trap or an instruction this processor lacks (SIGILL)"
    case SIGTRAP: "it ran into a trap (SIGTRAP)"
    case SIGABRT: "it aborted (SIGABRT)"
    case SIGFPE: "it divided by zero or the like (SIGFPE)"
    case SIGKILL: "it was killed (SIGKILL), perhaps for want of memory"
    case SIGTERM: "it was asked to end (SIGTERM)"
    case SIGXCPU: "it used up its processor time (SIGXCPU)"
    default: "signal \(signal) ended it"
    }
  }
}
