import Files

/// A workflow file, read and checked for form, not yet against the plugins it uses.
public struct Workflow: Equatable, Sendable {
  public var name: String
  public var description: String
  /// The path of the file; paths inside it are taken from its directory.
  public var file: String
  /// Files that the workflow reads, by name; each can be replaced on the command line.
  public var inputs: [Input]
  public var parameters: [Manifest.Parameter]
  /// In the file's order.
  public var steps: [Step]
  /// What is copied to the results directory, by the name it gets there.
  public var outputs: [Output]

  public struct Input: Equatable, Sendable {
    public var name: String
    public var path: String
    public var mark: Mark
  }

  public struct Output: Equatable, Sendable {
    public var name: String
    public var source: Source
    public var mark: Mark
  }

  /// One step, or with `axes` one for each combination of their values.
  public struct Step: Equatable, Sendable {
    public var id: String
    public var mark: Mark
    /// PLUGIN/OPERATION; `shell` for a script.
    public var use: String
    public var useMark: Mark
    /// The step's own script and what it makes; nil where it uses a plugin.
    public var script: Script?
    public var axes: [Axis]
    public var inputs: [StepInput]
    public var parameters: [StepParameter]
    public var resources: Resources
    /// How often to try again when the world was at fault (exit code 75).
    public var retries: Int
  }

  /// `shell: …`, and the outputs that only the workflow can declare.
  public struct Script: Equatable, Sendable {
    public var shell: ShellScript
    public var outputs: [Manifest.Output]
  }

  /// A name that runs over values: `foreach: {factor: [CTCF, MAX]}`.
  public struct Axis: Equatable, Sendable {
    public var name: String
    public var values: Value
    public var mark: Mark
  }

  public struct StepInput: Equatable, Sendable {
    public var name: String
    public var nameMark: Mark
    public var sources: [Source]
    /// Whether it is written as a list.
    public var isList: Bool
  }

  public struct StepParameter: Equatable, Sendable {
    public var name: String
    public var nameMark: Mark
    public var value: Value
  }
}

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
    /// `$params.NAME` or `$each.NAME`: the value itself, of whatever type.
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
  case axis(String)

  public var description: String {
    switch self {
    case .parameter(let name): "params.\(name)"
    case .axis(let name): "each.\(name)"
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
    parts.map { part in
      switch part {
      case .text(let text): text
      case .reference(let reference): value(reference).map(plain) ?? ""
      }
    }.joined()
  }
}

/// What a step may use.
public struct Resources: Equatable, Sendable {
  public var cpus = 1
  /// In bytes; nil where nothing is said.
  public var memory: Int?
  /// In seconds; nil for no limit.
  public var time: Int?

  public init(cpus: Int = 1, memory: Int? = nil, time: Int? = nil) {
    self.cpus = cpus
    self.memory = memory
    self.time = time
  }
}
