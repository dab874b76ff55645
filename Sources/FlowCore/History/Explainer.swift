import Files

/// Finds out from the history why steps were run.
public final class Explainer {
  /// How much of a change is told.
  public enum Detail: Sendable {
    /// Every step between a step and the causes of its change.
    case full
    /// The step itself and the causes, at most a few: what a table of thousands of steps can show.
    case causes
  }

  let ledger: Ledger
  /// Where what was before is to be found; mostly the same.
  let past: Ledger
  let detail: Detail
  private var causes: CauseSearch

  /// - Parameter ledger: read, and never written.
  public convenience init(_ ledger: Ledger, detail: Detail = .full) {
    self.init(ledger, past: ledger, detail: detail)
  }

  init(_ ledger: Ledger, past: Ledger, detail: Detail = .full) {
    self.ledger = ledger
    self.past = past
    self.detail = detail
    causes = CauseSearch(ledger, past: past)
  }

  /// How many earlier keys of a step the most similar is searched among.
  static let candidates = 8
  /// How many steps are followed back in full detail; a chain that is longer is cut.
  static let mostChanges = 2_000

  /// Why a step of a run was run, reused or left.
  public func reason(for step: StepRecord, workflow: String) throws -> Reason {
    if step.status == .reused, let maker = try ledger.maker(of: step) { return .reused(maker) }
    guard let key = step.key else { return .blocked(step.message ?? "it was not begun") }
    let loss = try ledger.losses(ofKey: key).first { loss in
      try loss.cause == .cleaned ? false : ledger.step(loss.noticedBy ?? 0)?.run == step.run
    }
    if let loss { return .lost(loss) }
    return try reasonToRun(
      name: step.name, workflow: workflow, key: key, before: step.id,
      parts: KeyParts(of: step, in: ledger))
  }

  /// Why a step without a result under its key is to be run.
  ///
  /// - Parameters:
  ///   - id: the steps before this row are the past.
  ///   - parts: what its key is made of.
  func reasonToRun(
    name: String, workflow: String, key: String, before id: Int,
    parts: @autoclosure () throws -> KeyParts
  ) throws -> Reason {
    if let past = try ledger.lastStep(ofKey: key, before: id) {
      if !past.hasResult { return .unfinished(past) }
      // Removed on purpose, after it had been used for the last time.
      let cleaned = try ledger.losses(ofKey: key).first {
        $0.cause == .cleaned && $0.at >= past.ended ?? past.started ?? 0
      }
      return cleaned.map { .lost($0) } ?? .forgotten(past)
    }
    let past = try ledger.pastSteps(
      name: name, workflow: workflow, before: id, limit: Self.candidates)
    guard !past.isEmpty else { return .new }
    let parts = try parts()
    let compared = try past.map { step in
      let before = try KeyParts(of: step, in: ledger)
      return (step: step, parts: before, count: parts.differences(from: before).count)
    }
    // The most similar: of those with the fewest differences that with the fewest causes, of those the latest
    // (`past` has the latest first).
    let fewest = compared.map(\.count).min() ?? 0
    var nearest: (step: StepRecord, parts: KeyParts, reason: Reason)?
    for (step, before, _) in compared.filter({ $0.count == fewest }) {
      let reason = Reason.changed(
        since: step, try causes.changes(of: name, from: before, to: parts))
      if nearest.map({ reason.causes.count < $0.reason.causes.count }) ?? true {
        nearest = (step, before, reason)
      }
    }
    guard let nearest else { return .new }
    return detail == .causes
      ? nearest.reason
      : .changed(since: nearest.step, try changes(of: name, from: nearest.parts, to: parts))
  }

  /// The differences of a step, then those of the steps that made its changed inputs, and so on to the causes.
  ///
  /// - Parameter most: how many steps to look at.
  func changes(
    of name: String, from old: KeyParts, to new: KeyParts, most: Int = mostChanges
  ) throws -> [StepChange] {
    var found: [StepChange] = []
    var queue = [CauseSearch.Pair(name: name, old: old, new: new)]
    var seen: Set<String> = []
    var next = 0
    while next < queue.count, next < most {
      let (change, behind) = try causes.look(at: queue[next])
      next += 1
      found.append(change)
      for pair in behind where seen.insert(pair.id).inserted { queue.append(pair) }
    }
    return found
  }
}
