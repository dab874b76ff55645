import Files

/// What an examination of this machine found in one respect.
public struct Finding: Equatable, Sendable {
  public enum Level: String, Sendable, CaseIterable {
    case ok = "OK"
    /// Something will be slow, missing or unsafe.
    case warning = "WARN"
    /// Runs will fail.
    case failure = "FAIL"
  }

  public let level: Level
  /// What was looked at: "disk".
  public let subject: String
  public let message: String
  /// What to do about it; nil where nothing needs to be.
  public let fix: String?

  static func ok(_ subject: String, _ message: String) -> Finding {
    Finding(level: .ok, subject: subject, message: message, fix: nil)
  }

  static func warning(_ subject: String, _ message: String, fix: String) -> Finding {
    Finding(level: .warning, subject: subject, message: message, fix: fix)
  }

  static func failure(_ subject: String, _ message: String, fix: String) -> Finding {
    Finding(level: .failure, subject: subject, message: message, fix: fix)
  }

  public var json: JSON {
    [
      "level": .string(level.rawValue), "subject": .string(subject), "message": .string(message),
      "fix": fix.map { .string($0) } ?? .null,
    ]
  }
}
