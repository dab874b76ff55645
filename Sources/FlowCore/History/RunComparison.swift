import Files

/// Two runs beside each other: what was done differently, and what came out differently.
public struct RunComparison: Sendable {
  /// How the results of a step compare.
  public enum Outcome: String, Sendable, CaseIterable {
    /// The same key and the same contents.
    case same
    /// Another key, and yet the same contents.
    case sameResult = "same result"
    /// Another key and other contents.
    case different
    /// The same key and other contents: the step is not decided by its key.
    case unstable
    /// Only one of the runs has a result.
    case oneResult = "one result"
    /// Neither has one.
    case noResult = "no result"
    case onlyBefore = "only before"
    case onlyAfter = "only after"
  }

  /// A step of one of the runs, or of both.
  public struct Step: Sendable {
    /// With the values of its axes.
    public var name: String
    /// How its results compare.
    public var outcome: Outcome
    /// nil where the step is in one run only.
    public var before: StepRecord?
    /// nil where the step is in one run only.
    public var after: StepRecord?
    /// In what the keys differ.
    public var changes: [StepChange.Change] = []
    /// Outputs of which the contents differ, by name.
    public var outputs: [(name: String, before: String?, after: String?)] = []

    /// Whether the results are not the same.
    public var isDifferent: Bool {
      switch outcome {
      case .same, .sameResult, .noResult: false
      case .different, .unstable, .oneResult, .onlyBefore, .onlyAfter: true
      }
    }
  }

  /// The run that the other is compared with.
  public var before: RunRecord
  /// The run that is compared.
  public var after: RunRecord
  /// Of the workflow, its text and the runs' own settings.
  public var differences: [Difference] = []
  /// The steps of `after` in its order, then those that only `before` has.
  public var steps: [Step] = []

  /// Of one history.
  ///
  /// - Throws: `SQLiteError` where the ledger cannot be read.
  public init(_ before: RunRecord, _ after: RunRecord, in ledger: Ledger) throws {
    try self.init(before, in: ledger, after, in: ledger)
  }

  /// Of two histories.
  public init(
    _ before: RunRecord, in past: Ledger, _ after: RunRecord, in ledger: Ledger
  ) throws {
    self.before = before
    self.after = after
    try compareRuns(past, ledger)
    let old = try past.steps(ofRun: before.id)
    let new = try ledger.steps(ofRun: after.id)
    let earlier = Dictionary(old.map { ($0.name, $0) }) { first, _ in first }
    for step in new {
      steps.append(try Self.compare(earlier[step.name], in: past, step, in: ledger))
    }
    let names = Set(new.map(\.name))
    for step in old where !names.contains(step.name) {
      steps.append(Step(name: step.name, outcome: .onlyBefore, before: step, after: nil))
    }
  }

  /// Whether the runs have the same steps, and each the same result in both, or none.
  public var isIdentical: Bool { firstDifference == nil }

  /// In the order of the run after.
  public var firstDifference: Step? { steps.first(where: \.isDifferent) }

  /// The number of steps with each outcome.
  public var counts: [Outcome: Int] { steps.reduce(into: [:]) { $0[$1.outcome, default: 0] += 1 } }

  private mutating func compareRuns(_ past: Ledger, _ ledger: Ledger) throws {
    if before.workflow != after.workflow {
      differences.append(
        .other("workflow", old: .string(before.workflow), new: .string(after.workflow)))
    }
    if before.flowVersion != after.flowVersion {
      differences.append(
        .other("flow", old: .string(before.flowVersion), new: .string(after.flowVersion)))
    }
    let (old, new) = (before.parameters.object ?? [:], after.parameters.object ?? [:])
    for name in Set(old.keys).union(new.keys).sorted() where old[name] != new[name] {
      differences.append(.parameter(name, old: old[name], new: new[name]))
    }
    let text = (try past.source(ofRun: before.id), try ledger.source(ofRun: after.id))
    if text.0 != text.1 {
      differences.append(.script(LineChange.changes(from: text.0, to: text.1)))
    }
  }

  private static func compare(
    _ old: StepRecord?, in past: Ledger, _ new: StepRecord, in ledger: Ledger
  ) throws -> Step {
    var step = Step(name: new.name, outcome: .onlyAfter, before: old, after: new)
    guard let old else { return step }
    let isSameKey = old.key != nil && old.key == new.key
    // The same result, without a look at its contents; most are.
    if isSameKey, past === ledger, old.hasResult, new.hasResult,
      try past.maker(of: old)?.id == ledger.maker(of: new)?.id
    {
      step.outcome = .same
      return step
    }
    if !isSameKey && old.key != nil && new.key != nil {
      step.changes =
        try Explainer(ledger, past: past)
        .changes(
          of: new.name, from: KeyParts(of: old, in: past), to: KeyParts(of: new, in: ledger),
          most: 1
        ).first?.differences ?? []
    }
    guard old.hasResult || new.hasResult else {
      step.outcome = .noResult
      return step
    }
    guard old.hasResult && new.hasResult else {
      step.outcome = .oneResult
      return step
    }
    let made = (try past.contents(ofStep: old), try ledger.contents(ofStep: new))
    for name in Set(made.0.keys).union(made.1.keys).sorted() where made.0[name] != made.1[name] {
      step.outputs.append((name, made.0[name], made.1[name]))
    }
    step.outcome =
      switch (isSameKey, step.outputs.isEmpty) {
      case (true, true): .same
      case (false, true): .sameResult
      case (false, false): .different
      case (true, false): .unstable
      }
    return step
  }
}

extension StepRecord {
  /// Whether there was a result at the end of the step.
  public var hasResult: Bool { status == .done || status == .reused }
}
