extension Plan {
  /// What all tasks of a step have in common: kept once, as there may be 100,000 of them.
  final class Step: Sendable {
    /// Of a step of a nested workflow after that of the step that uses it: `qc/trim`.
    let id: String
    let declaration: Declaration
    let policy: Policy
    /// The inputs of a script that it can do without.
    let optionalInputs: Set<String>
    /// What stands in for the step under `--stub`, where the workflow says it.
    let stub: ShellScript?

    init(
      id: String, _ declaration: Declaration, policy: Policy = Policy(StepPolicy()),
      optionalInputs: Set<String> = [], stub: ShellScript? = nil
    ) {
      self.id = id
      self.declaration = declaration
      self.policy = policy
      self.optionalInputs = optionalInputs
      self.stub = stub
    }
  }

  /// What a step runs; all steps that use an operation of a plugin share it.
  final class Declaration: Sendable {
    let program: Program
    /// What the plugin's manifest declares, or the workflow of its own script.
    let operation: Manifest.Operation

    init(program: Program, operation: Manifest.Operation) {
      self.program = program
      self.operation = operation
    }
  }

  /// How steps are run; those of which the same is said share it.
  final class Policy: Sendable {
    /// What the first attempt gets.
    let resources: Resources
    let retries: Retries
    let onFailure: FailurePolicy
    /// `local` or `slurm`; nil where nothing is said.
    let executor: String?
    let slurm: SlurmOptions
    /// What it may reach beyond its inputs and outputs, as the workflow says.
    let confinement: Confinement
    /// The secrets that the workflow gives it.
    let secrets: [String]

    init(_ policy: StepPolicy) {
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
  public var step: String { shared.id }
  public var program: Program { shared.declaration.program }
  /// What the plugin's manifest declares, or the workflow of its own script.
  public var operation: Manifest.Operation { shared.declaration.operation }
  public var resources: Resources { shared.policy.resources }
  public var retries: Retries { shared.policy.retries }
  public var onFailure: FailurePolicy { shared.policy.onFailure }
  public var executor: String? { shared.policy.executor }
  public var slurm: SlurmOptions { shared.policy.slurm }
  public var optionalInputs: Set<String> { shared.optionalInputs }
  public var stub: ShellScript? { shared.stub }
  public var confinement: Confinement { shared.policy.confinement }
  public var secrets: [String] { shared.policy.secrets }
}
