import ArgumentParser
import Files
import FlowCore

struct Rerun: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a past run again, and compare the results.",
    discussion: """
      The workflow is run as it was recorded: its text, its parameters, its inputs. Every step is run anew, in a \
      state directory of its own, which is removed when all results are the same. Ends with 0 where they are, \
      with 1 where one differs.
      """)

  @Argument(help: "The run: an id or its beginning, 'latest', 'latest~1' …")
  var id = "latest"

  @Option(
    help: ArgumentHelp(
      "A state directory to run in, which is kept; what has a result there is not run again.",
      valueName: "directory"))
  var into: String?

  @Flag(help: "Run also where inputs are no longer what they were.")
  var changedInputs = false

  @Option(help: "How many processor cores to use at once (default: all).")
  var cpus: Int?

  @Flag(help: "Print the comparison as JSON.")
  var json = false

  @OptionGroup var execution: ExecutorOptions

  @OptionGroup var safety: SafetyOptions

  @OptionGroup var plugins: PluginOptions

  @OptionGroup var state: StateOptions

  func validate() throws {
    if let cpus, cpus < 1 { throw ValidationError("--cpus must be at least 1") }
  }

  func run() throws {
    try reporting {
      let history = try Ledger(reading: state.stateDir)
      let record = try history.run(id)
      try checkHasEnded(record)
      let recorded = try RecordedRun(record, in: history)
      let registry = try plugins.registry(project: Path.parent(recorded.record.file))
      try tellChanges(of: recorded, registry)
      let directory = into ?? state.directory.rerun(of: recorded.record.id)
      if into == nil { try Path.remove(directory) }
      if let into, let real = try? Path.real(into), try real == Path.real(state.stateDir) {
        throw Diagnostic(
          "\(into) holds the results of run \(record.id) itself, and they would be compared with themselves",
          fix: "name another directory with --into, or none")
      }
      let isOld = Path.exists("\(directory)/flow.db")
      let summary = try execute(recorded.plan(registry), of: recorded, in: directory)
      let comparison = try RunComparison(
        recorded.record, in: history,
        Ledger(reading: directory).run(summary.id), in: Ledger(reading: directory))
      show(comparison)
      // Of two steps that do the same work one is reused in any run.
      if isOld, let reused = summary.counts[.reused] {
        Terminal.warning(
          "\(reused) of \(summary.counts.values.reduce(0, +)) steps were not run again: \(directory) had their results"
        )
      }
      if comparison.isIdentical {
        if into == nil { try Path.remove(directory) }
      } else {
        Terminal.line("its steps: \(directory)", to: .standardError)
      }
      if summary.status == .cancelled { throw ExitCode(130) }
      if !comparison.isIdentical { throw ExitCode(1) }
    }
  }

  /// What a run had not come to can be neither the same nor different.
  private func checkHasEnded(_ run: RunRecord) throws {
    let state =
      switch run.status {
      case .running: "is still going on"
      case .interrupted: "was killed before it had ended"
      case .cancelled: "was stopped before it had ended"
      case .done, .failed: String?.none
      }
    guard let state else { return }
    throw Diagnostic(
      "run \(run.id) \(state): there is nothing yet to compare with",
      fix: run.status == .running
        ? "wait for its end" : "`flow run` goes on with it; `flow log` lists those that have ended")
  }

  /// Before anything runs: what is not as it was.
  private func tellChanges(of recorded: RecordedRun, _ registry: Registry) throws {
    for plugin in recorded.changedPlugins(registry) {
      let now = plugin.now.map { "is \($0.prefix(12)) now" } ?? "is not there"
      Terminal.warning(
        "the library of plugin '\(plugin.name)' \(now); it was \(plugin.before.prefix(12))")
    }
    let changes = try recorded.changedInputs()
    for input in changes {
      let now = input.now.map { "is \($0.prefix(12)) now" } ?? "is not there"
      Terminal.warning("\(input.name) \(now); it was \(input.before.prefix(12))")
    }
    if !changes.isEmpty && !changedInputs {
      let inputs = changes.count == 1 ? "an input is" : "\(changes.count) inputs are"
      throw Diagnostic(
        "\(inputs) not what run \(recorded.record.id) had read",
        fix: "bring back what it was, or see with --changed-inputs what comes of it")
    }
  }

  private func execute(
    _ plan: Plan, of recorded: RecordedRun, in directory: String
  ) throws -> RunSummary {
    var machine = Machine.here
    if let cpus { machine.cpus = cpus }
    let observer = ConsoleObserver()
    Interrupt.listen()
    var options = WorkflowRun.Options(
      stateDirectory: StateDirectory(directory), resultsDirectory: "\(directory)/results",
      machine: machine)
    options.source = recorded.source
    options.executor = try execution.choice()
    options.sandbox = safety.sandbox
    options.secrets = try safety.secrets()
    let run = try WorkflowRun(
      plan, options: options, observer: observer, stopRequest: { Interrupt.request })
    defer { observer.finish() }
    return try run.run()
  }

  private func show(_ comparison: RunComparison) {
    if json { return Terminal.write(comparison.json.prettyText, to: .standardOutput) }
    let count = comparison.steps.count
    let steps = count == 1 ? "its step has" : "all \(count) steps have"
    guard let first = comparison.firstDifference else {
      return Terminal.line(
        "identical: \(steps) the results that run \(comparison.before.id) had")
    }
    Terminal.line("the first step that differs from run \(comparison.before.id):")
    for line in ComparisonText.lines(first) { Terminal.line("  \(line)") }
    let others = comparison.steps.filter(\.isDifferent).count - 1
    if others > 0 { Terminal.line("and \(others == 1 ? "1 step" : "\(others) steps") more") }
  }
}
