import Files

/// One part of a key that is not what it was.
public enum Difference: Equatable, Sendable {
  case operation(old: String, new: String)
  /// Of the plugin.
  case version(old: String, new: String)
  /// SHA-256 of the plugin's library.
  case library(old: String, new: String)
  case script([LineChange])
  /// nil where the parameter was not, or is no longer, there.
  case parameter(String, old: JSON?, new: JSON?)
  /// A content of an input: changed, gone, or come.
  case input(String, old: ArtifactRecord?, new: ArtifactRecord?)
  /// The same contents in another order, which an input that is a list does not take for the same.
  case order(input: String)
  /// The same content in a file of another name, which a script sees.
  case inputName(String, old: String, new: String)
  /// Whatever else decides a result, by its name in the key.
  case other(String, old: JSON?, new: JSON?)

  /// What differs, without its values: "parameter 'k'".
  public var part: String {
    switch self {
    case .operation: "operation"
    case .version: "version of the plugin"
    case .library: "library of the plugin"
    case .script: "script"
    case .parameter(let name, _, _): "parameter '\(name)'"
    case .input(let name, _, _): "input '\(name)'"
    case .inputName(let name, _, _): "name of input '\(name)'"
    case .order(let name): "order of input '\(name)'"
    case .other("outputs", _, _): "declared outputs"
    case .other(let name, _, _): name
    }
  }

  /// Both values in a line's part: "one → two".
  public var values: String {
    switch self {
    case .operation(let old, let new), .version(let old, let new), .inputName(_, let old, let new):
      "\(old) → \(new)"
    case .library(let old, let new): "\(old.prefix(12)) → \(new.prefix(12))"
    case .script(let lines):
      lines.filter { $0.kind == .removed }.count == 0
        ? "\(lines.filter { $0.kind == .added }.count) lines more"
        : "\(lines.filter { $0.kind != .same }.count) lines changed"
    case .parameter(_, let old, let new), .other(_, let old, let new):
      "\(Self.text(old)) → \(Self.text(new))"
    case .input(_, let old, let new): "\(Self.text(old)) → \(Self.text(new))"
    case .order: "changed"
    }
  }

  private static func text(_ value: JSON?) -> String {
    guard let value else { return "(none)" }
    if case .string(let text) = value, text.isEmpty { return "''" }
    let text = plain(value)
    return text.count > 60 ? "\(text.prefix(60))…" : text
  }

  private static func text(_ artifact: ArtifactRecord?) -> String {
    artifact.map { String($0.sha256.prefix(12)) } ?? "(none)"
  }
}
