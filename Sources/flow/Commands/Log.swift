import ArgumentParser
import Files
import FlowCore

struct Log: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show past runs, or one of them with why each step was run.")

  @Argument(
    help: "A run's id or its beginning, 'latest' or 'latest~1'; without one all runs are listed.")
  var id: String?

  @Option(help: "Show one step of the run in full: its inputs, parameters, attempts and log.")
  var step: String?

  @Option(
    help: ArgumentHelp(
      "Only runs, or steps of the run, with this status; several with commas between.",
      valueName: "status"))
  var status: String?

  @Option(
    help: ArgumentHelp(
      "Only runs that began since: an age as '7d' or '2h', or a day as '2026-01-31'.",
      valueName: "when"))
  var since: String?

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var state: StateOptions

  private var statuses: Set<String>? {
    status.map { Set($0.split(separator: ",").map(String.init)) }
  }

  func validate() throws {
    let known =
      id == nil ? RunStatus.allCases.map(\.rawValue) : StepStatus.allCases.map(\.rawValue)
    for name in statuses ?? [] where !known.contains(name) {
      throw ValidationError(
        "there is no status '\(name)': known are \(known.joined(separator: ", "))")
    }
    if let since, Moment.past(since) == nil {
      throw ValidationError("--since is '\(since)': write '7d', '2h', or a day as '2026-01-31'")
    }
  }

  func run() throws {
    try reporting {
      let ledger = try Ledger(reading: state.stateDir)
      guard let id else { return try list(ledger) }
      let record = try ledger.run(id)
      if let step { return try show(step, of: record, in: ledger) }
      try show(record, in: ledger)
    }
  }

  private func list(_ ledger: Ledger) throws {
    let first = since.flatMap(Moment.past) ?? 0
    let runs = try ledger.runs().filter {
      $0.started >= first && statuses?.contains($0.status.rawValue) ?? true
    }
    if json {
      Terminal.write(JSON.array(runs.map(summary)).prettyText, to: .standardOutput)
      return
    }
    let rows = runs.map { run in
      [
        run.id, Terminal.date(run.started), run.workflow, run.status.rawValue,
        run.ended.map { Quantity.text(seconds: $0 - run.started) } ?? "",
      ]
    }
    for line in Terminal.columns([["run", "started", "workflow", "status", "took"]] + rows) {
      Terminal.line(line)
    }
  }

  private func summary(_ run: RunRecord) -> JSON {
    [
      "id": .string(run.id), "workflow": .string(run.workflow), "file": .string(run.file),
      "status": .string(run.status.rawValue), "started": .number(run.started),
      "ended": run.ended.map { .number($0) } ?? .null, "parameters": run.parameters,
      "flow": .string(run.flowVersion), "host": .string(run.host),
    ]
  }

  private func show(_ run: RunRecord, in ledger: Ledger) throws {
    let steps = try ledger.steps(ofRun: run.id).filter {
      statuses?.contains($0.status.rawValue) ?? true
    }
    let explainer = Explainer(ledger, detail: .causes)
    if json {
      var object = summary(run).object ?? [:]
      object["steps"] = .array(
        try steps.map { step in
          var object = try self.json(step, ledger).object ?? [:]
          object["why"] = try explainer.reason(for: step, workflow: run.workflow)
            .json(of: step.name)
          return .object(object)
        })
      Terminal.write(JSON.object(object).prettyText, to: .standardOutput)
      return
    }
    Terminal.line("run      \(run.id)  \(run.status.rawValue)")
    Terminal.line("workflow \(run.workflow)  (\(Visible.cell(run.file)))")
    let took = run.ended.map { ", took \(Quantity.text(seconds: $0 - run.started))" } ?? ""
    Terminal.line("started  \(Terminal.date(run.started))\(took), on \(Visible.cell(run.host))")
    let parameters = (run.parameters.object ?? [:]).sorted { $0.key < $1.key }
    if !parameters.isEmpty {
      let text = parameters.map { "\($0.key)=\(plain($0.value))" }.joined(separator: " ")
      Terminal.line("params   \(Visible.cell(text))")
    }
    Terminal.line("")
    var rows = [["step", "operation", "status", "took", "processor", "memory", "key", "why"]]
    for step in steps {
      let attempt = try ledger.attempts(ofStep: step.id).last
      let processor = attempt.flatMap { attempt in
        attempt.userSeconds.map { Quantity.text(seconds: $0 + (attempt.systemSeconds ?? 0)) }
      }
      let took = attempt.flatMap { attempt in
        attempt.ended.map { Quantity.text(seconds: $0 - attempt.started) }
      }
      rows.append([
        step.name, step.operation, step.status.rawValue, took ?? "", processor ?? "",
        attempt?.peakMemory.map { Quantity.text(bytes: $0) } ?? "",
        String((step.key ?? "").prefix(12)),
        // Of a step that was not run its status says it.
        step.status == .reused
          ? "" : try explainer.reason(for: step, workflow: run.workflow).summary(of: step.name),
      ])
    }
    for line in Terminal.columns(rows, rightAligned: [3, 4, 5]) { Terminal.line(line) }
    for step in steps where step.status == .failed {
      Terminal.line("")
      Terminal.line("\(step.name): \(step.message ?? "")")
    }
  }

  private func json(_ step: StepRecord, _ ledger: Ledger) throws -> JSON {
    let parameters = try ledger.parameters(ofStep: step.id)
    let outputs = try step.key.map { try ledger.outputs(ofKey: $0) } ?? []
    func artifacts(_ list: [ArtifactRecord]) -> JSON {
      .array(
        list.map {
          [
            "name": .string($0.name), "path": .string($0.path), "sha256": .string($0.sha256),
            "bytes": .integer($0.bytes),
          ]
        })
    }
    return [
      "name": .string(step.name), "operation": .string(step.operation),
      "status": .string(step.status.rawValue), "key": step.key.map { .string($0) } ?? .null,
      "message": step.message.map { .string($0) } ?? .null,
      "parameters": .object(
        Dictionary(parameters.map { ($0.name, $0.value) }) { first, _ in first }),
      "inputs": artifacts(try ledger.inputs(ofStep: step.id)), "outputs": artifacts(outputs),
      "plugin": step.plugin.map {
        ["name": .string($0.name), "version": .string($0.version), "sha256": .string($0.sha256)]
      } ?? .null,
      "jobs": .array(jobs(of: step, ledger).map(\.json)),
    ]
  }

  /// A history that was written before there were jobs has none.
  private func jobs(of step: StepRecord, _ ledger: Ledger) -> [JobRecord] {
    (try? ledger.jobs(ofStep: step.id)) ?? []
  }

  private func show(_ name: String, of run: RunRecord, in ledger: Ledger) throws {
    let step = try ledger.step(named: name, ofRun: run.id)
    Terminal.line("\(step.name)  \(step.operation)  \(step.status.rawValue)")
    if let message = step.message { Terminal.line("  \(message)") }
    let reason = try Explainer(ledger).reason(for: step, workflow: run.workflow)
    Terminal.line("why     \(reason.summary(of: step.name))")
    if let plugin = step.plugin {
      Terminal.line("plugin  \(plugin.name) \(plugin.version), \(Visible.cell(plugin.library))")
      Terminal.line("        SHA-256 \(plugin.sha256)")
    }
    if let key = step.key { Terminal.line("key     \(key)") }
    for job in jobs(of: step, ledger) { Terminal.line("job     \(job.words)") }
    Terminal.line("inputs")
    for input in try ledger.inputs(ofStep: step.id) {
      Terminal.line("  \(input.name)  \(input.sha256.prefix(12))  \(Visible.cell(input.path))")
    }
    Terminal.line("parameters")
    for (name, value) in try ledger.parameters(ofStep: step.id) {
      Terminal.line("  \(name) = \(plain(value))")
    }
    guard let key = step.key else { return }
    Terminal.line("outputs")
    for output in try ledger.outputs(ofKey: key) {
      let size = Quantity.text(bytes: output.bytes)
      Terminal.line(
        "  \(output.name)  \(output.sha256.prefix(12))  \(size)  \(Visible.cell("\(state.stateDir)/\(output.path)"))"
      )
    }
    try showLog("\(state.directory.step(key))/log")
  }

  /// The end of a step's log; a step may have printed more than anybody reads, and not only text.
  private func showLog(_ path: String) throws {
    guard Path.exists(path) else { return }
    let shown = 64 << 10
    let size = try Path.size(path)
    let note = size > shown ? ", its last \(shown >> 10) KiB of \(Quantity.text(bytes: size))" : ""
    Terminal.line("log (\(path)\(note))")
    let bytes = try FileHandle.openForReading(path).read(upTo: shown, from: max(0, size - shown))
    Terminal.write(String(decoding: bytes, as: UTF8.self), to: .standardOutput)
  }
}
