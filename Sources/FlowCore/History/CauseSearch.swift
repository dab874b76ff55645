import Files

/// Goes from changed keys to the causes, each pair of keys once however many steps lead to it: a chain of a thousand
/// steps would else be walked a thousand times.
struct CauseSearch {
  /// A step's key that was and that is.
  struct Pair {
    var name: String
    var old: KeyParts
    var new: KeyParts
    /// Both keys; empty for a step that nothing leads to.
    var id = ""
  }

  private let ledger: Ledger
  private let past: Ledger
  /// By the pair's id: the steps with causes in them, with nothing but these.
  private var known: [String: [StepChange]] = [:]

  /// More steps with causes than these are not told apart.
  private static let most = 8

  init(_ ledger: Ledger, past: Ledger) {
    self.ledger = ledger
    self.past = past
  }

  /// The differences of a pair, and the pairs behind the inputs among them.
  func look(at pair: Pair) throws -> (StepChange, behind: [Pair]) {
    var change = StepChange(step: pair.name, differences: [])
    var behind: [Pair] = []
    for difference in pair.new.differences(from: pair.old) {
      var origin = StepChange.Origin.here
      if case .input(_, let before?, let after?) = difference, let oldKey = before.key,
        let newKey = after.key, let maker = try ledger.maker(ofKey: newKey)
      {
        if oldKey == newKey {
          origin = .madeAgain(step: maker.name)
        } else if let earlier = try past.maker(ofKey: oldKey) {
          origin = .changed(step: maker.name)
          behind.append(
            Pair(
              name: maker.name, old: try KeyParts(of: earlier, in: past),
              new: try KeyParts(of: maker, in: ledger), id: oldKey + newKey))
        }
      }
      change.differences.append(
        StepChange.Change(
          difference: difference, origin: origin, files: try files(of: difference, in: pair)))
    }
    return (change, behind)
  }

  /// The files in which two directories differ; none where the files of one are not known.
  private func files(
    of difference: Difference, in pair: Pair
  ) throws -> [StepChange.FileChange] {
    guard case .input(_, let before?, let after?) = difference, before.kind == "directory",
      after.kind == "directory"
    else { return [] }
    let old = try pair.old.entries[before.sha256] ?? past.entries(ofDirectory: before.sha256)
    let new = try pair.new.entries[after.sha256] ?? ledger.entries(ofDirectory: after.sha256)
    guard !old.isEmpty && !new.isEmpty else { return [] }
    let was = Dictionary(old.map { ($0.path, $0.sha256) }) { first, _ in first }
    let now = Dictionary(new.map { ($0.path, $0.sha256) }) { first, _ in first }
    return Set(was.keys).union(now.keys).filter { was[$0] != now[$0] }.sorted()
      .map { StepChange.FileChange(path: $0, old: was[$0], new: now[$0]) }
  }

  /// The differences of a step, then the causes behind them.
  mutating func changes(
    of name: String, from old: KeyParts, to new: KeyParts
  ) throws -> [StepChange] {
    let (change, behind) = try look(at: Pair(name: name, old: old, new: new))
    return [change] + (try causes(behind: behind))
  }

  /// What is being looked at, and how far: a list of its own, since a chain may be longer than a thread's stack.
  private struct Visit {
    var pair: Pair
    var causes: [StepChange]
    var behind: [Pair]
    var next = 0
  }

  private mutating func causes(behind pairs: [Pair]) throws -> [StepChange] {
    var visits: [Visit] = []
    for pair in pairs where known[pair.id] == nil {
      visits.append(try visit(pair))
      while let last = visits.indices.last {
        if visits[last].next < visits[last].behind.count {
          let next = visits[last].behind[visits[last].next]
          visits[last].next += 1
          if known[next.id] == nil { visits.append(try visit(next)) }
        } else {
          let done = visits.removeLast()
          known[done.pair.id] = merged([done.causes] + done.behind.map { known[$0.id] ?? [] })
        }
      }
    }
    return merged(pairs.map { known[$0.id] ?? [] })
  }

  private func visit(_ pair: Pair) throws -> Visit {
    let (change, behind) = try look(at: pair)
    let causes = change.differences.filter {
      if case .changed = $0.origin { false } else { true }
    }
    return Visit(
      pair: pair,
      causes: causes.isEmpty ? [] : [StepChange(step: change.step, differences: causes)],
      behind: behind)
  }

  private func merged(_ lists: [[StepChange]]) -> [StepChange] {
    var found: [StepChange] = []
    for change in lists.joined() where !found.contains(where: { $0.step == change.step }) {
      found.append(change)
      if found.count == Self.most { break }
    }
    return found
  }
}
