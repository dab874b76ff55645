import Files

/// Finds out from the history why steps were run.
public struct Explainer {
  let ledger: Ledger

  public init(_ ledger: Ledger) { self.ledger = ledger }

  /// How many earlier keys of a step the most similar is searched among.
  static let candidates = 8
  /// How many steps are followed back; a chain that is longer is cut.
  static let mostChanges = 2_000

  /// Why a step of a run was run, reused or left.
  public func reason(for step: StepRecord, workflow: String) throws -> Reason {
    if step.status == .reused, let maker = try ledger.maker(of: step) {
      return .reused(maker)
    }
    guard let key = step.key else {
      return .blocked(step.message ?? "it was not begun")
    }
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
      if past.status != .done && past.status != .reused { return .unfinished(past) }
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
    var nearest: (reason: Reason, causes: Int)?
    for (step, before, _) in compared.filter({ $0.count == fewest }) {
      let reason = Reason.changed(
        since: step, try changes(of: name, from: before, to: parts))
      let causes = reason.causes.count
      if causes < nearest?.causes ?? .max { nearest = (reason, causes) }
    }
    return nearest?.reason ?? .new
  }

  /// The differences of a step, then those of the steps that made its changed inputs, and so on to the causes.
  ///
  /// - Parameter most: how many steps to look at.
  func changes(
    of name: String, from old: KeyParts, to new: KeyParts, most: Int = mostChanges
  ) throws -> [StepChange] {
    var found: [StepChange] = []
    var queue: [(name: String, old: KeyParts, new: KeyParts)] = [(name, old, new)]
    var seen: Set<[String]> = []
    var next = 0
    while next < queue.count, next < most {
      let (name, old, new) = queue[next]
      next += 1
      var change = StepChange(step: name, differences: [])
      for difference in new.differences(from: old) {
        var origin = StepChange.Origin.here
        if case .input(_, let before?, let after?) = difference, let oldKey = before.key,
          let newKey = after.key, let maker = try ledger.maker(ofKey: newKey)
        {
          if oldKey == newKey {
            origin = .madeAgain(step: maker.name)
          } else if let earlier = try ledger.maker(ofKey: oldKey) {
            origin = .changed(step: maker.name)
            if seen.insert([oldKey, newKey]).inserted {
              queue.append(
                (
                  maker.name, try KeyParts(of: earlier, in: ledger),
                  try KeyParts(of: maker, in: ledger)
                ))
            }
          }
        }
        change.differences.append(StepChange.Change(difference: difference, origin: origin))
      }
      found.append(change)
    }
    return found
  }
}
