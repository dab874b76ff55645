import Glibc

/// A file operation that failed: what was tried, on which path, and the system's reason.
public struct FileError: Error, Equatable, CustomStringConvertible {
  /// What was tried, as a verb phrase: "read", "create directory".
  public let action: String
  public let path: String
  /// The system's error number, or 0 where the reason is not the system's.
  public let code: Int32
  /// The reason in words.
  public let reason: String

  public init(_ action: String, _ path: String, reason: String) {
    self.action = action
    self.path = path
    self.code = 0
    self.reason = reason
  }

  /// An error with the reason of the system call that just failed.
  public init(_ action: String, _ path: String, errno code: Int32) {
    self.action = action
    self.path = path
    self.code = code
    self.reason = String(cString: strerror(code))
  }

  public var description: String { "cannot \(action) \(path): \(reason)" }
}
