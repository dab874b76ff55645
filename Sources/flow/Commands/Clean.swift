import ArgumentParser
import Files
import FlowCore

struct Clean: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Free the space of results that no kept run refers to.",
    discussion: """
      The options say which runs are no longer kept; where several are given, a run must meet them all. A result \
      that a kept run made or reused stays. What is known of the runs stays too, so `flow log`, `flow lineage` and \
      `flow why` go on telling of them; copies in results directories are not touched. Steps that the history does \
      not know, because it was lost, stay until --unknown is said: a run may still ask for them.
      """)

  @Option(help: "Keep so many of the newest runs.")
  var keep: Int?

  @Option(help: "Free runs that began before: an age as '30d', or a day as '2026-01-31'.")
  var olderThan: String?

  @Flag(help: "Free runs that failed, were stopped or killed.")
  var failed = false

  @Option(
    name: .customLong("run"),
    help: ArgumentHelp("Free this run; may stand several times.", valueName: "run"))
  var ids: [String] = []

  @Flag(help: "Free steps that the history does not know.")
  var unknown = false

  @Flag(help: "Say what would be freed, and free nothing.")
  var dryRun = false

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var state: StateOptions

  func validate() throws {
    if let keep, keep < 0 { throw ValidationError("--keep must be at least 0") }
    if let olderThan, Moment.past(olderThan) == nil {
      throw ValidationError(
        "--older-than is '\(olderThan)': write '30d', '12h', or a day as '2026-01-31'")
    }
    if keep == nil && olderThan == nil && !failed && ids.isEmpty && !unknown {
      throw ValidationError(
        "say which runs to free: --keep 5, --older-than 30d, --failed or --run RUN; or --unknown")
    }
  }

  func run() throws {
    try reporting {
      var selection = RunSelection()
      selection.keep = keep
      selection.before = olderThan.flatMap(Moment.past)
      selection.failed = failed
      if !ids.isEmpty {
        let ledger = try Ledger(reading: state.stateDir)
        selection.runs = Set(try ids.map { try ledger.run($0).id })
      }
      let cleaning =
        try dryRun
        ? Cleaning.forecast(selection, freesUnknown: unknown, in: state.directory)
        : Cleaning.perform(selection, freesUnknown: unknown, in: state.directory)
      show(cleaning)
      if !cleaning.problems.isEmpty { throw ExitCode(1) }
    }
  }

  private func show(_ cleaning: Cleaning) {
    for problem in cleaning.problems { Terminal.warning(problem) }
    if json {
      let object: JSON = [
        "runs": .array(cleaning.runs.map { .string($0.id) }),
        "bytes": .integer(cleaning.bytes), "freed": .boolean(!dryRun),
        "results": .array(
          cleaning.items.map { item in
            [
              "key": .string(item.key), "bytes": .integer(item.bytes),
              "step": item.step.map { .string($0.name) } ?? .null,
              "run": item.step.map { .string($0.run) } ?? .null,
            ]
          }),
        "reruns": .array(cleaning.reruns.map { .string($0.path) }),
        "unknown": [
          "count": .integer(cleaning.unknown.count), "bytes": .integer(cleaning.unknown.bytes),
        ],
      ]
      return Terminal.write(object.prettyText, to: .standardOutput)
    }
    let most = 100
    let rows = cleaning.items.prefix(most).map { item in
      [
        String(item.key.prefix(12)), item.step?.name ?? "(unknown to the history)",
        item.step?.run ?? "", Quantity.text(bytes: item.bytes),
      ]
    }
    if dryRun {
      for line in Terminal.columns(rows, rightAligned: [3]) { Terminal.line(line) }
      for rerun in cleaning.reruns {
        Terminal.line("\(rerun.path)  \(Quantity.text(bytes: rerun.bytes))")
      }
      if cleaning.items.count > most { Terminal.line("and \(cleaning.items.count - most) more") }
    }
    defer { tellUnknown(cleaning) }
    if cleaning.items.isEmpty && cleaning.reruns.isEmpty {
      return Terminal.line(
        cleaning.unknown.count > 0
          ? "nothing to free" : "nothing to free: kept runs refer to all that is there")
    }
    let known = cleaning.items.count { $0.step != nil }
    var freed: [String] = []
    if known > 0 {
      let runs = cleaning.runs.count == 1 ? "1 run" : "\(cleaning.runs.count) runs"
      freed.append("\(Self.steps(known)) that only \(runs) referred to")
    }
    if !cleaning.reruns.isEmpty {
      freed.append(cleaning.reruns.count == 1 ? "1 rerun" : "\(cleaning.reruns.count) reruns")
    }
    if known < cleaning.items.count {
      freed.append("\(Self.steps(cleaning.items.count - known)) unknown to the history")
    }
    Terminal.line(
      "\(dryRun ? "would free" : "freed") \(Quantity.text(bytes: cleaning.bytes)) of "
        + freed.joined(separator: " and "))
  }

  private func tellUnknown(_ cleaning: Cleaning) {
    guard cleaning.unknown.count > 0 else { return }
    let stay = cleaning.unknown.count == 1 ? "stays" : "stay"
    let why =
      unknown
      ? "\(stay): a job of an earlier run may be at work there"
      : "\(stay), since a run may still ask for them: --unknown frees them too"
    Terminal.line(
      "\(Self.steps(cleaning.unknown.count)) unknown to the history "
        + "(\(Quantity.text(bytes: cleaning.unknown.bytes))) \(why)")
  }

  private static func steps(_ count: Int) -> String { count == 1 ? "1 step" : "\(count) steps" }
}
