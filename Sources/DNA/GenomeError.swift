/// Genomic input that cannot be used: where it stands, why it is wrong, and what to do about it.
public struct GenomeError: Error, Equatable, CustomStringConvertible {
  /// The file, where the fault is in one.
  public let path: String?
  /// The line of the file, counted from 1.
  public let line: Int?
  /// What is wrong, why, and what to do.
  public let reason: String

  /// An error about `path`, in `line`, where there are such.
  public init(_ reason: String, path: String? = nil, line: Int? = nil) {
    self.path = path
    self.line = line
    self.reason = reason
  }

  public var description: String {
    switch (path, line) {
    case (let path?, let line?): "\(path):\(line): \(reason)"
    case (let path?, nil): "\(path): \(reason)"
    default: reason
    }
  }
}
