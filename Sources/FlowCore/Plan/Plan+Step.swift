extension Plan {
  /// What all tasks of a step have in common: kept once, as there may be 100,000 of them.
  public final class Step: Sendable {
    /// Of a step of a nested workflow after that of the step that uses it: `qc/trim`.
    public let id: String
    public let program: Program
    /// What the plugin's manifest declares, or the workflow of its own script.
    public let operation: Manifest.Operation
    /// What the first attempt gets.
    public let resources: Resources
    public let retries: Retries
    public let onFailure: FailurePolicy
    /// `local` or `slurm`; nil where nothing is said.
    public let executor: String?
    public let slurm: SlurmOptions
    /// The inputs of a script that it can do without.
    public let optionalInputs: Set<String>
    /// What stands in for the step under `--stub`, where the workflow says it.
    public let stub: ShellScript?
    /// What it may reach beyond its inputs and outputs, as the workflow says.
    public let confinement: Confinement
    /// The secrets that the workflow gives it.
    public let secrets: [String]

    /// - Parameter policy: how it is run.
    public init(
      id: String, program: Program, operation: Manifest.Operation,
      policy: StepPolicy = StepPolicy(), optionalInputs: Set<String> = [],
      stub: ShellScript? = nil
    ) {
      self.id = id
      self.program = program
      self.operation = operation
      self.optionalInputs = optionalInputs
      self.stub = stub
      resources = policy.resources
      retries = policy.effectiveRetries
      onFailure = policy.onFailure ?? .finish
      executor = policy.executor
      slurm = policy.slurm
      confinement = policy.confinement
      secrets = policy.secrets
    }
  }
}

extension Plan.Task {
  /// The step's id.
  public var step: String { declaration.id }
  public var program: Program { declaration.program }
  public var operation: Manifest.Operation { declaration.operation }
  public var resources: Resources { declaration.resources }
  public var retries: Retries { declaration.retries }
  public var onFailure: FailurePolicy { declaration.onFailure }
  public var executor: String? { declaration.executor }
  public var slurm: SlurmOptions { declaration.slurm }
  public var optionalInputs: Set<String> { declaration.optionalInputs }
  public var stub: ShellScript? { declaration.stub }
  public var confinement: Confinement { declaration.confinement }
  public var secrets: [String] { declaration.secrets }
}
