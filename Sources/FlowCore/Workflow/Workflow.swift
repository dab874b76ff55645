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
  /// The variables of the environment whose values the workflow may use; it sees no others.
  public var environment: [EnvironmentVariable] = []
  /// What holds for every step that does not say otherwise.
  public var defaults = StepPolicy()
  /// Named sets of settings to choose from when it is run.
  public var profiles: [Profile] = []
  /// In the file's order.
  public var steps: [Step]
  /// What is copied to the results directory, by the name it gets there.
  public var outputs: [Output]

  public struct Input: Equatable, Sendable {
    public var name: String
    /// nil where it must be given from outside.
    public var path: String?
    /// Whether the workflow can do without.
    public var isOptional = false
    public var help: String? = nil
    public var mark: Mark
  }

  public struct EnvironmentVariable: Equatable, Sendable {
    public var name: String
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
    /// PLUGIN/OPERATION; `shell` for a script; the path of a file for another workflow.
    public var use: String
    public var useMark: Mark
    /// The step's own script and what it makes; nil where it uses a plugin.
    public var script: Script?
    public var axes: [Axis] = []
    /// All must hold, or the step is left out.
    public var conditions: [Condition] = []
    public var inputs: [StepInput] = []
    public var parameters: [StepParameter] = []
    /// What the step itself says about how it is run.
    public var policy: StepPolicy {
      get { if case .said(let policy) = saidPolicy { policy } else { StepPolicy() } }
      set { saidPolicy = newValue == StepPolicy() ? .nothing : .said(newValue) }
    }
    var saidPolicy = SaidPolicy.nothing
    /// Where `stub:` is not given, a stub makes empty outputs.
    public var stub: ShellScript?

    /// Whether `use` names another workflow's file: a path, where a plugin has a bare name.
    public var usesWorkflow: Bool {
      script == nil
        && (use.hasPrefix(".") || use.hasPrefix("/") || use.hasSuffix(".yaml")
          || use.hasSuffix(".yml"))
    }
  }

  /// Apart from the step: a policy is larger than all else of it, and most say nothing.
  indirect enum SaidPolicy: Equatable, Sendable {
    case nothing
    case said(StepPolicy)
  }

  /// `shell: …`, and the outputs that only the workflow can declare.
  public struct Script: Equatable, Sendable {
    public var shell: ShellScript
    public var outputs: [Manifest.Output]
  }

  public struct StepInput: Equatable, Sendable {
    public var name: String
    public var nameMark: Mark
    public var sources: [Source]
    /// Whether it is written as a list.
    public var isList: Bool
    /// Whether a script says that it can do without; a plugin's manifest says it for the plugin.
    public var isOptional = false
  }

  public struct StepParameter: Equatable, Sendable {
    public var name: String
    public var nameMark: Mark
    public var value: Value
  }
}
