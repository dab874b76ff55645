import Files

/// What a plugin offers, as its manifest declares it; readable without loading code.
public struct Manifest: Equatable, Sendable {
  public var id: String
  public var version: String
  /// The `FLOW_ABI` that the library was built with.
  public var abi: Int
  /// The library's file name.
  public var library: String
  public var summary: String
  public var environment: [EnvironmentRule]
  /// In the manifest's order.
  public var operations: [Operation]
  /// Where the manifest stands.
  public var path: String

  /// A variable to set in a step's process before the library is loaded.
  public struct EnvironmentRule: Equatable, Sendable {
    public var variable: String
    public var value: String
    /// Only on processors of this level; nil for all.
    public var cpu: ProcessorLevel?
  }

  public struct Operation: Equatable, Sendable {
    public var name: String
    public var summary: String
    public var description: String
    public var inputs: [Input]
    public var outputs: [Output]
    public var parameters: [Parameter]
    /// Whether processes that `mpirun` or `srun` starts run it together, as one step.
    public var isDistributed = false
    /// What it needs beyond its inputs and outputs.
    public var confinement = Confinement()
    /// Variables that it gets where they are set, and whose values are kept out of all records.
    public var secrets: [String] = []

    public func input(_ name: String) -> Input? { inputs.first { $0.name == name } }
    public func output(_ name: String) -> Output? { outputs.first { $0.name == name } }
    public func parameter(_ name: String) -> Parameter? { parameters.first { $0.name == name } }
  }

  public enum FileType: String, Sendable { case file, directory }

  public struct Input: Equatable, Sendable {
    public var name: String
    public var type: FileType
    /// A free word that an output and the input it feeds must share; nil accepts anything.
    public var format: String?
    public var isList: Bool
    public var isOptional: Bool
    public var help: String
    /// Other names of its option of `flow PLUGIN OPERATION`.
    public var synonyms: [String] = []
  }

  public struct Output: Equatable, Sendable {
    public var name: String
    public var type: FileType
    public var format: String?
    /// Its name inside the step's directory.
    public var path: String
    public var isOptional: Bool
    public var help: String
    /// As what the output is shown to who runs the operation by hand; nil where it is not.
    public var shown: Shown?
  }

  /// What an output is when it is printed.
  public enum Shown: String, CaseIterable, Sendable {
    /// Text for people.
    case text
    /// JSON for programs, printed instead of the text on request.
    case json
  }

  public struct Parameter: Equatable, Sendable {
    public var name: String
    public var type: ParameterType
    /// In canonical form; nil where there is none.
    public var defaultValue: JSON?
    public var isRequired: Bool
    public var minimum: Double?
    public var maximum: Double?
    public var choices: [JSON]
    public var unit: String?
    /// May be empty where a workflow declares it.
    public var help: String

    /// Its type and what it is, for who has to give it a value.
    public var described: String { help.isEmpty ? "\(type)" : "\(type): \(help)" }

    /// Why `value`, already of the right type, is out of bounds; nil where it is fine.
    public func objection(to value: JSON) -> String? {
      if case .array(let elements) = value {
        return elements.lazy.compactMap { objection(to: $0) }.first
      }
      // Arguments of programs and names of files end at a NUL.
      if case .string(let text) = value, text.utf8.contains(0) {
        return "must not hold NUL characters"
      }
      if let number = value.number {
        if let minimum, number < minimum { return "must be at least \(plain(minimum))" }
        if let maximum, number > maximum { return "must be at most \(plain(maximum))" }
      }
      if !choices.isEmpty && !choices.contains(value) {
        return "must be one of \(choices.map(plain).joined(separator: ", "))"
      }
      return nil
    }
  }

  public func operation(_ name: String) -> Operation? { operations.first { $0.name == name } }

  /// The symbol that the library exports.
  public var entrySymbol: String { "flow_plugin_" + id.replacing("-", with: "_") }
}

/// A number as a person writes it: 3, not 3.0.
public func plain(_ number: Double) -> String {
  Int(exactly: number).map(String.init) ?? "\(number)"
}

/// A parameter's value as text for people and command lines: strings bare, lists as JSON.
public func plain(_ value: JSON) -> String {
  switch value {
  case .string(let text): text
  case .number(let number): plain(number)
  default: value.text
  }
}
