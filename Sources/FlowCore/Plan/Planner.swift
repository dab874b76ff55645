import Files

/// Turns a workflow into a plan, and finds every mistake that can be known before anything runs.
public struct Planner: Sendable {
  /// What a user sets for one run.
  public struct Settings: Sendable {
    /// Parameters as text (`--set k=5`).
    public var parameters: [String: String] = [:]
    /// Inputs as paths (`--input manifest=my.tsv`).
    public var inputs: [String: String] = [:]
    /// Parameters from a file (`--params-file`).
    public var givenParameters: [GivenValue] = []
    /// The profiles to use, from left to right (`--profile small,cluster`).
    public var profiles: [String] = []
    /// The profiles of the user's own file (`--config`).
    public var ownProfiles: [Profile] = []
    /// The texts of nested workflows and tables as they were at an earlier time, by real path; of others what is there
    /// counts.
    public var files: [String: String] = [:]
    /// The value of a variable of the environment.
    public var environment: @Sendable (String) -> String? = { FlowCore.environment($0) }

    public init() {}
  }

  // Not private, for the extensions in the files beside this one.
  let workflow: Workflow
  let registry: Registry
  let settings: Settings
  var problems: [Diagnostic] = []
  /// How many names may still be compared with one that is unknown.
  var comparisonsLeft = 200_000
  /// How many problems were reported, those that were known already included.
  var reports = 0
  var parameters: [String: JSON] = [:]
  var environment: [String: String] = [:]
  /// nil inside for one that is optional and not there.
  var inputPaths: [String: String?] = [:]
  /// The chosen profiles in the order in which they apply.
  var profiles: [Profile] = []

  /// The workflow, and those that its steps use; the first is the outermost.
  var scopes: [Scope]
  var hasTooManyScopes = false
  /// The parameters' values in the nested scopes that stand around the task that is being made.
  var bindings: [Int: [String: JSON]] = [:]
  /// The scope behind each step that uses a workflow, by the step's id.
  var nested: [String: Int] = [:]
  var nestedWorkflows: [String: Workflow] = [:]
  /// The texts of nested workflows and tables, by real path.
  var files: [String: String] = [:]
  var steps: [PlannedStep] = []
  /// The positions in `steps` by id.
  var positions: [String: Int] = [:]
  var declared: [String: Plan.Declaration] = [:]
  /// The steps with mistakes, by position: they become no tasks.
  var broken: Set<Int> = []

  var tasks: [Plan.Task] = []
  /// The positions in `tasks` of a step's instances.
  var instances: [String: [Int]] = [:]
  /// The positions in `tasks` of a step's instances of which it is not known how many they will be.
  var awaiting: [String: [Int]] = [:]
  /// The paths of the outputs of tasks that have a result and were waited for, by the task's id and the output's name.
  var made: [String: [String: String]] = [:]
  /// Whether steps only make what they declare.
  var isStub = false
  /// The positions in `steps`, each after those it needs.
  var order: [Int] = []
  /// The positions in `tasks` of a step's instances by the values of some of its axes.
  var indices: [InstanceIndex: [String: [Int]]] = [:]
  /// How many outputs of tasks are named as inputs so far.
  var sources = 0
  /// Whether a path is a directory; nil inside for one where nothing is.
  var directories: [String: Bool?] = [:]
  /// What each `use` names, looked up once.
  var operations: [String: Plan.Declaration] = [:]
  var lastPolicy: (said: StepPolicy, policy: Plan.Policy)?
  /// The rows of tables and the matches of patterns, read once.
  var tables: [String: DelimitedTable] = [:]
  var matches: [String: [FilePattern.Match]] = [:]

  /// Which axes of which step an index is over.
  struct InstanceIndex: Hashable {
    let step: String
    let axes: [String]
  }

  /// The plan of the workflow in a file.
  ///
  /// - Throws: `Diagnostics` with every mistake found; `FileError` where the file cannot be read.
  public static func plan(
    file: String, registry: Registry, settings: Settings = Settings()
  ) throws -> Plan {
    let (workflow, problems) = try WorkflowParser.read(file: file)
    var planner = Planner(workflow: workflow, registry: registry, settings: settings)
    planner.problems = problems
    return try planner.plan()
  }

  /// - Throws: `Diagnostics` with every mistake found.
  public static func plan(
    _ workflow: Workflow, registry: Registry, settings: Settings = Settings()
  ) throws(Diagnostics) -> Plan {
    var planner = Planner(workflow: workflow, registry: registry, settings: settings)
    return try planner.plan()
  }

  private init(workflow: Workflow, registry: Registry, settings: Settings) {
    self.workflow = workflow
    self.registry = registry
    self.settings = settings
    scopes = [Scope(workflow)]
  }

  mutating func plan() throws(Diagnostics) -> Plan {
    chooseProfiles()
    resolveEnvironment()
    resolveParameters()
    resolveInputs()
    enter(0, users: [(try? Path.real(workflow.file)) ?? workflow.file])
    for step in steps { declare(step) }
    for scope in scopes.indices.dropFirst() { checkUse(scope) }
    for (position, step) in steps.enumerated() {
      let before = reports
      check(step)
      if reports > before { broken.insert(position) }
    }
    checkProfiles()
    order = orderedSteps()
    // What is in a circle, or needs what is, has no place in the order.
    broken.formUnion(Set(steps.indices).subtracting(order))
    return try unrolled()
  }

  /// Makes the tasks and the plan.
  ///
  /// - Throws: `Diagnostics` with every mistake found.
  mutating func unrolled() throws(Diagnostics) -> Plan {
    for position in order { unroll(position) }
    let outputs = workflow.outputs.flatMap { plannedOutputs($0) }
    if !problems.isEmpty { throw Diagnostics(problems.inReadingOrder(first: workflow.file)) }
    var plan = Plan(workflow: workflow, parameters: parameters, tasks: tasks, outputs: outputs)
    if !awaiting.isEmpty { plan.planner = beforeUnrolling }
    plan.files = files.map { Plan.TextFile(path: $0.key, text: $0.value) }
      .sorted { $0.path < $1.path }
    plan.profiles = settings.profiles
    plan.inputs = inputPaths.compactMapValues { path in path.flatMap { try? Path.real($0) } }
    plan.settle()
    return plan
  }

  mutating func report(_ message: String, at mark: Mark?, in scope: Int, fix: String? = nil) {
    report(Diagnostic(message, file: scopes[scope].workflow.file, at: mark, fix: fix))
  }

  /// "Did you mean", as long as that is no work: a thousand misspelt names among thousands would take minutes.
  mutating func suggestion(for name: String, among candidates: some Collection<String>) -> String? {
    guard comparisonsLeft >= candidates.count else { return nil }
    comparisonsLeft -= candidates.count
    return Suggestion.fix(for: name, among: candidates)
  }

  mutating func report(_ problem: Diagnostic) {
    reports += 1
    // All tasks of a step share its mistakes; once is enough. And nobody reads a thousand.
    if problems.count < 1_000, !problems.contains(problem) { problems.append(problem) }
  }
}
