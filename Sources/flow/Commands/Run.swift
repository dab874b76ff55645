import ArgumentParser
import Files
import FlowCore
import FlowReport

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a workflow; what is up to date is not run again.")

  @OptionGroup var planned: PlanOptions

  @Option(help: "Where the workflow's outputs are copied to (default: results/WORKFLOW).")
  var resultsDir: String?

  @Option(help: "How many processor cores to use at once (default: all).")
  var cpus: Int?

  @Option(help: "How much memory steps may ask for at once, for instance '16 GB' (default: all).")
  var memory: String?

  @Flag(help: "Tell of every step, however many there are.")
  var verbose = false

  @OptionGroup var execution: ExecutorOptions

  @Flag(help: "Say what would run and why, and run nothing.")
  var dryRun = false

  @Flag(help: "With --dry-run: print JSON.")
  var json = false

  @Flag(
    help: "Try the wires: each step only makes what it declares, in a directory of its own.")
  var stub = false

  @OptionGroup var safety: SafetyOptions

  @OptionGroup var trace: TraceOption

  @OptionGroup var state: StateOptions

  /// A stub touches nothing real.
  private var stateDirectory: StateDirectory {
    stub ? StateDirectory("\(state.stateDir)/stub") : state.directory
  }

  func validate() throws {
    if json && !dryRun { throw ValidationError("--json goes with --dry-run") }
    if let cpus, cpus < 1 { throw ValidationError("--cpus must be at least 1") }
    if let memory, Quantity.bytes(memory) == nil {
      throw ValidationError("--memory is '\(memory)': write for instance '16 GB'")
    }
  }

  func run() throws {
    try reporting {
      var plan = try planned.plan()
      if stub { plan = plan.stubbed() }
      if dryRun { return try DryRun(plan, in: stateDirectory).show(asJSON: json) }
      plan.releaseSteps()
      try execute(plan)
    }
  }

  private func execute(_ plan: Plan) throws {
    var machine = Machine.here
    if let cpus { machine.cpus = cpus }
    if let bytes = memory.flatMap(Quantity.bytes) { machine.memory = bytes }
    let results =
      resultsDir
      ?? (stub ? "\(stateDirectory.path)/" : "") + "results/\(plan.workflow.name)"
    let tracePath = try trace.path(plan, results: results)
    let observer = ConsoleObserver(isVerbose: verbose)
    defer { observer.finish() }
    Interrupt.listen()
    var options = WorkflowRun.Options(
      stateDirectory: stateDirectory, resultsDirectory: results, machine: machine)
    options.executor = stub ? ExecutorChoice(.local) : try execution.choice()
    options.sandbox = safety.sandbox
    options.secrets = try safety.secrets()
    let run = try WorkflowRun(
      plan, options: options, observer: observer, stopRequest: { Interrupt.request })
    let summary = try run.run()
    observer.finish()
    for table in summary.tables { show(table) }
    RunConclusion(
      summary, failures: observer.failures, results: results,
      stateDirectory: stub ? stateDirectory.path : nil
    ).print {
      writeReport(summary, results)
    }
    if let tracePath { TraceOption.write(run: summary.id, in: stateDirectory.path, to: tracePath) }
    if summary.status == .cancelled { throw ExitCode(130) }
    if summary.status != .done { throw ExitCode(1) }
  }

  private func writeReport(_ summary: RunSummary, _ results: String) {
    let report = "\(results)/report.html"
    do {
      let ledger = try Ledger(reading: stateDirectory.path)
      try Path.createDirectory(results)
      try Report.write(ledger.run(summary.id), in: ledger, to: report)
      Terminal.line("report: \(report)")
    } catch {
      Terminal.warning("the report could not be written: \(error)")
    }
  }

  private func show(_ table: JSONTable) {
    Terminal.line("")
    if !table.title.isEmpty {
      Terminal.line(Terminal.styled(table.title, .bold, on: .standardOutput))
    }
    let rows = [table.columns] + table.rows.map { $0.map(JSONTable.text) }
    let numeric = table.columns.indices.filter { column in
      table.rows.allSatisfy { $0[column].number != nil || $0[column] == .null }
    }
    for line in Terminal.columns(rows, rightAligned: Set(numeric)) { Terminal.line("  \(line)") }
    if let note = table.note { Terminal.line("  \(note)") }
    Terminal.line("")
  }
}
