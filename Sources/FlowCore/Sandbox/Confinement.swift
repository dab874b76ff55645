import Files

/// What a step asks for beyond its inputs and outputs: `network:` and `sandbox:` of a workflow's step or of an
/// operation's manifest.
public struct Confinement: Equatable, Sendable {
  /// `sandbox: false`: the step runs with all rights of its user.
  public var isOff = false
  /// Further files and directories that it may read, and run programs from; a relative path is from the
  /// current directory.
  public var reads: [String] = []
  /// Further files and directories that it may read and write.
  public var writes: [String] = []
  /// Whether it may open TCP connections and ports.
  public var network = false

  public init() {}

  /// What both allow together: an operation's manifest and the step that uses it.
  func joined(with other: Confinement) -> Confinement {
    var joined = self
    joined.isOff = isOff || other.isOff
    joined.reads += other.reads
    joined.writes += other.writes
    joined.network = network || other.network
    return joined
  }
}

/// Reads `network:` and `sandbox:`.
enum ConfinementParser {
  /// - Parameters:
  ///   - directory: from which relative paths are taken.
  ///   - mayBeOff: whether `sandbox: false` is allowed; it is the user's word, not a plugin's.
  static func confinement(
    _ reader: inout NodeReader, directory: String, mayBeOff: Bool
  ) -> Confinement {
    var confinement = Confinement()
    confinement.network = reader.boolean("network") ?? false
    guard let entry = reader.field("sandbox") else { return confinement }
    if case .boolean(let isOn) = entry.value.json {
      if !isOn && !mayBeOff {
        reader.report(
          "a manifest cannot turn the sandbox off", at: entry.value.mark,
          fix: "name what the operation needs: sandbox: {read: […], write: […]}")
      }
      confinement.isOff = !isOn
      return confinement
    }
    guard case .mapping = entry.value.value else {
      reader.report(
        "'sandbox' of \(reader.subject) must be true, false or what it may 'read' and 'write', "
          + "not \(entry.value.kind)", at: entry.value.mark)
      return confinement
    }
    var inner = NodeReader(
      entry.value, file: reader.file, subject: "'sandbox' of \(reader.subject)",
      form: WorkflowForms.sandbox)
    confinement.reads = paths("read", &inner, directory)
    confinement.writes = paths("write", &inner, directory)
    reader.take(inner.finish())
    return confinement
  }

  private static func paths(
    _ field: String, _ reader: inout NodeReader, _ directory: String
  ) -> [String] {
    reader.list(field).compactMap { node in
      guard case .scalar(let text, _) = node.value, !text.isEmpty else {
        reader.report("'\(field)' must list paths, not \(node.kind)", at: node.mark)
        return nil
      }
      if text == "~" || text.hasPrefix("~/") {
        return (environment("HOME") ?? "/nonexistent") + text.dropFirst()
      }
      return Path.resolve(text, from: directory)
    }
  }
}
