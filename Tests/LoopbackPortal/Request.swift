/// A request as the server read it.
public struct Request: Sendable {
  /// The portal tells where files are; the store has them.
  public enum Side: String, Sendable { case portal, store }

  public let side: Side
  public let method: String
  /// The target up to its query, percent-encoding as it came.
  public let path: String
  /// What stands after the question mark; empty without.
  public let query: String
  /// Names in lower case.
  public let headers: [(name: String, value: String)]
  /// How many requests for this path on this side came before.
  public let earlier: Int
  /// Seconds since the server began.
  public let time: Double

  /// The value of the last header of a name in lower case.
  public func header(_ name: String) -> String? { headers.last { $0.name == name }?.value }

  /// The first byte asked for by `Range: bytes=N-` or `bytes=N-M`; nil without one.
  public var rangeStart: Int? { bounds?.first }
  /// The last byte asked for; nil where the range has no end.
  public var rangeEnd: Int? { bounds?.last ?? nil }

  private var bounds: (first: Int, last: Int?)? {
    guard let range = header("range"), range.hasPrefix("bytes=") else { return nil }
    let parts = range.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let first = Int(parts[0]), first >= 0 else { return nil }
    return (first, Int(parts[1]))
  }
}

/// A request and what came of it.
public struct Exchange: Sendable {
  public let request: Request
  /// 0 until the answer begins.
  public var status = 0
  public var fault: Fault?
  /// The first byte of the file that was sent, and how many; 0 where the body is no file's.
  public var firstByte = 0
  public var sentBytes = 0
  /// Whether the connection is kept after the body, with nothing more said.
  var stalls = false
  /// Whether the answer has ended.
  public var isFinished = false
}
