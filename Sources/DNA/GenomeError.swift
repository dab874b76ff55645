/// Genomic input that cannot be used: where it stands, why it is wrong, and what to do about it.
public struct GenomeError: Error, Equatable, CustomStringConvertible {
  /// The file, where the fault is in one.
  public let path: String?
  /// The line of the file, counted from 1.
  public let line: Int?
  /// The byte of a binary file, counted from 0.
  public let byte: Int?
  /// What is wrong, why, and what to do.
  public let reason: String

  /// An error about `path`, in `line`, where there are such.
  public init(_ reason: String, path: String? = nil, line: Int? = nil) {
    self.path = path
    self.line = line
    self.byte = nil
    self.reason = reason
  }

  /// An error about the binary file `path` at its byte `byte`.
  public init(_ reason: String, path: String, byte: Int) {
    self.path = path
    self.line = nil
    self.byte = byte
    self.reason = reason
  }

  public var description: String {
    switch (path, line, byte) {
    case (let path?, let line?, _): "\(path):\(line): \(reason)"
    case (let path?, nil, let byte?): "\(path): byte \(byte): \(reason)"
    case (let path?, nil, nil): "\(path): \(reason)"
    default: reason
    }
  }
}
