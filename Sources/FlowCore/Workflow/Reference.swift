import Files

/// Where an input comes from.
public struct Source: Equatable, Sendable {
  public enum Origin: Equatable, Sendable {
    /// A path as written, from the workflow's directory.
    case path(Template)
    /// `$inputs.NAME`
    case input(String)
    /// `$steps.ID.OUTPUT`, the edge of the graph.
    case step(id: String, output: String)
  }

  public var origin: Origin
  /// What follows the reference: `$steps.fetch.files/peaks.bed` names a file inside a directory.
  public var subpath: Template?
  public var mark: Mark
}

/// The value of a parameter, before parameters and axes of the workflow are put in.
public struct Value: Equatable, Sendable {
  public indirect enum Kind: Equatable, Sendable {
    case literal(JSON)
    /// `$params.NAME`, `$each.NAME` or `$env.NAME`: the value itself, of whatever type.
    case reference(Reference)
    /// Text with `${…}` in it.
    case template(Template)
    case list([Value])
  }

  public var kind: Kind
  public var mark: Mark
  /// An unquoted literal as it stands in the file: `007`, which as a number would be 7.
  public var source: String? = nil
}

/// A name of a value of the workflow.
public enum Reference: Hashable, Sendable, CustomStringConvertible {
  case parameter(String)
  /// The value that the step runs over.
  case axis(String)
  /// A column of the row, or the name of the file, that the step runs over.
  case field(axis: String, name: String)
  /// A variable of the environment, which the workflow declares.
  case environment(String)

  public var description: String {
    switch self {
    case .parameter(let name): "params.\(name)"
    case .axis(let name): "each.\(name)"
    case .field(let axis, let name): "each.\(axis).\(name)"
    case .environment(let name): "env.\(name)"
    }
  }

  /// What the parts of `params.k`, `each.sample.fastq` or `env.HOME` name; nil for others.
  init?(names: [String]) {
    switch (names.first, names.count) {
    case ("params", 2): self = .parameter(names[1])
    case ("each", 2): self = .axis(names[1])
    case ("each", 3): self = .field(axis: names[1], name: names[2])
    case ("env", 2): self = .environment(names[1])
    default: return nil
    }
  }
}

/// Text with references in it: `${params.factor}.bed`.
public struct Template: Equatable, Sendable {
  public enum Part: Equatable, Sendable {
    case text(String)
    case reference(Reference)
  }

  public var parts: [Part]

  public var references: [Reference] {
    parts.compactMap { if case .reference(let reference) = $0 { reference } else { nil } }
  }

  /// The text with each reference replaced by its value's plain text.
  public func text(_ value: (Reference) -> JSON?) -> String {
    if parts.count == 1, case .text(let text) = parts[0] { return text }
    return parts.map { part in
      switch part {
      case .text(let text): text
      case .reference(let reference): value(reference).map(plain) ?? ""
      }
    }.joined()
  }
}
