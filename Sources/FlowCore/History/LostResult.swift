/// A result that was in the store once, and why it is no longer taken.
public struct LostResult: Equatable, Sendable {
  /// What became of it.
  public enum Cause: String, Sendable {
    /// A file of it was deleted.
    case missing
    /// A file of it has not the content that was made.
    case changed
    /// The machine went down before a file of it had reached the disk.
    case unsaved
    /// `flow clean` freed its space.
    case cleaned
  }

  /// Under which it was.
  public var key: String
  /// What became of it.
  public var cause: Cause
  /// The output whose content is missing or changed.
  public var output: String?
  /// Of the output, from the state directory on.
  public var path: String?
  /// The SHA-256 that the output had when it was made.
  public var expected: String?
  /// The SHA-256 that it has now; nil where nothing is there.
  public var found: String?
  /// The step that asked for it; nil where `flow clean` removed it.
  public var noticedBy: Int?
  /// When it was noticed, in seconds since 1970.
  public var at = now()

  /// In words, as in "its output 'model' was deleted".
  public var summary: String {
    let output = output.map { "its output '\($0)'" } ?? "its result"
    return switch cause {
    case .missing: "\(output) was deleted"
    case .changed: "\(output) was changed after it was made"
    case .unsaved: "\(output) had not reached the disk when the machine went down"
    case .cleaned: "its result was removed by flow clean"
    }
  }
}
