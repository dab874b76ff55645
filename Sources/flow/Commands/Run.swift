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

  @OptionGroup var execution: ExecutorOptions

  @Flag(help: "Say what would run and why, and run nothing.")
  var dryRun = false

  @Flag(help: "With --dry-run: print JSON.")
  var json = false

  @OptionGroup var state: StateOptions

  func validate() throws {
    if json && !dryRun { throw ValidationError("--json goes with --dry-run") }
    if let cpus, cpus < 1 { throw ValidationError("--cpus must be at least 1") }
    if let memory, Quantity.bytes(memory) == nil {
      throw ValidationError("--memory is '\(memory)': write for instance '16 GB'")
    }
  }

  func run() throws {
    try reporting {
      let plan = try planned.plan()
      if dryRun { return try DryRun(plan, in: state.directory).show(asJSON: json) }
      try execute(plan)
    }
  }

  private func execute(_ plan: Plan) throws {
    var machine = Machine.here
    if let cpus { machine.cpus = cpus }
    if let bytes = memory.flatMap(Quantity.bytes) { machine.memory = bytes }
    let results = resultsDir ?? "results/\(plan.workflow.name)"
    let observer = ConsoleObserver()
    Interrupt.listen()
    var options = WorkflowRun.Options(
      stateDirectory: state.directory, resultsDirectory: results, machine: machine)
    options.executor = try execution.choice()
    let run = try WorkflowRun(
      plan, options: options,
      observer: observer, isInterrupted: { Interrupt.isRequested })
    let summary = try run.run()
    observer.finish()
    for table in summary.tables { show(table) }
    conclude(summary, plan: plan, results: results)
    if summary.status == .cancelled { throw ExitCode(130) }
    if summary.status != .done { throw ExitCode(1) }
  }

  private func conclude(_ summary: RunSummary, plan: Plan, results: String) {
    let time = Quantity.text(seconds: summary.duration)
    let count = plan.tasks.count
    if summary.counts[.reused] == count && summary.problems.isEmpty {
      let copied = summary.published.count
      let again = "; \(copied == 1 ? "1 result" : "\(copied) results") copied again"
      let steps = count == 1 ? "the only step is" : "all \(count) steps are"
      Terminal.line(
        "nothing to do: \(steps) up to date\(copied == 0 ? "" : again) (\(time))")
      if !Path.exists("\(results)/report.html") { writeReport(summary, results) }
      return
    }
    let made = summary.counts[.done] ?? 0
    var parts = ["\(made) of \(count) steps run"]
    if let reused = summary.counts[.reused] { parts.append("\(reused) up to date") }
    if let failed = summary.counts[.failed] { parts.append("\(failed) failed") }
    if let skipped = summary.counts[.skipped] { parts.append("\(skipped) skipped") }
    if let cancelled = summary.counts[.cancelled] { parts.append("\(cancelled) stopped") }
    Terminal.line("\(parts.joined(separator: ", ")) in \(time)")
    if !summary.problems.isEmpty {
      let count = summary.problems.count
      Terminal.line("\(count == 1 ? "1 problem" : "\(count) problems") with the results: see above")
    }
    writeReport(summary, results)
    if !summary.published.isEmpty { Terminal.line("results: \(results)") }
    Terminal.line("history: flow log \(summary.id)")
  }

  private func writeReport(_ summary: RunSummary, _ results: String) {
    let report = "\(results)/report.html"
    do {
      let ledger = try Ledger(reading: state.stateDir)
      try Path.createDirectory(results)
      try WholeFile.write(Report.html(of: ledger.run(summary.id), in: ledger), to: report)
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
