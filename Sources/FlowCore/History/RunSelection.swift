/// Which runs a user no longer wants the results of. A run is selected when everything that is said applies to it.
public struct RunSelection: Equatable, Sendable {
  /// Only runs that are not among so many newest.
  public var keep: Int?
  /// Only runs that began before, in seconds since 1970.
  public var before: Double?
  /// Only runs that did not end well.
  public var failed = false
  /// Only these, by id.
  public var runs: Set<String>?

  /// Selects nothing, until something is said.
  public init() {}

  private var isEmpty: Bool { self == RunSelection() }

  /// The selected of all runs, given the newest first.
  func selected(of all: [RunRecord]) -> [RunRecord] {
    guard !isEmpty else { return [] }
    return all.enumerated().filter { position, run in
      if let keep, position < keep { return false }
      if let before, run.started >= before { return false }
      if failed, run.status == .done || run.status == .running { return false }
      if let runs, !runs.contains(run.id) { return false }
      return true
    }.map(\.element)
  }
}
