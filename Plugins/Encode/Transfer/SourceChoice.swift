import FlowPlugin

/// Where a file is to be asked for next: its sources, how they have done, and when.
struct SourceChoice {
  private struct Source {
    /// As the list has it.
    let url: String
    /// Where it redirected to; asked until that fails.
    var place: String?
    /// Tries since the last one that brought something.
    var tries = 0
    /// How the last wrong file was wrong.
    var wrong: String?
    /// How many files were wrong; none that comes after takes it back.
    var wrongs = 0
    /// Tries in a row in which it did not send the part that was asked for, but another or all of it.
    var ignoredRanges = 0
    /// Tries in which the place it redirected to was forbidden.
    var expiries = 0
    /// Why it is not asked any more.
    var end: StepFailure?
  }

  private static let mostExpiries = 3
  private var sources: [Source]
  private var current = 0
  /// Redirects followed since the last answer.
  private(set) var hops = 0
  /// When the next try may be, in seconds of the monotonic clock.
  var notBefore = 0.0

  init(_ urls: [String]) { sources = urls.map { Source(url: $0) } }

  /// The address to ask.
  var url: String { sources[current].place ?? sources[current].url }
  /// Whether `url` is the list's own, not one that it redirected to.
  var isOwn: Bool { sources[current].place == nil }
  /// Whether the source cannot be asked for a part: once may be an accident.
  var ignoresRanges: Bool { sources[current].ignoredRanges > 1 }

  /// Why no source is left: each source's reason; nil while one is.
  var end: StepFailure? {
    let ends = sources.compactMap(\.end)
    guard ends.count == sources.count, let first = ends.first else { return nil }
    guard ends.count > 1 else { return first }
    let words = zip(sources, ends).map { source, end in
      "from \(Origin(of: source.url)?.description ?? "this machine"): \(end.message)"
    }
    return StepFailure(.best(of: ends), words.joined(separator: "; "))
  }

  /// The source redirects.
  mutating func move(to url: String) {
    hops += 1
    sources[current].place = url
  }

  /// A try brought bytes that count.
  mutating func gain() {
    hops = 0
    sources[current].tries = 0
    sources[current].expiries = 0
  }

  /// The address that the source redirected to is forbidden: it is asked for another.
  ///
  /// - Returns: false where it has been too often, or was not redirected.
  mutating func expire() -> Bool {
    guard !isOwn, sources[current].expiries < Self.mostExpiries else { return false }
    sources[current].expiries += 1
    sources[current].place = nil
    hops = 0
    return true
  }

  /// The source has sent the part that was asked for.
  mutating func serveRange() { sources[current].ignoredRanges = 0 }

  /// The source did not send the part that was asked for. Another one may.
  mutating func ignoreRange() {
    sources[current].ignoredRanges += 1
    hops = 0
    _ = turn()
  }

  /// A try failed that another one may mend. The next source is asked, in turn.
  ///
  /// - Parameter retries: the most tries of a source after its first.
  /// - Returns: the tries that the source to be asked next has had, if one is left.
  mutating func fail(_ reason: String, retries: Int) -> Int? {
    hops = 0
    sources[current].tries += 1
    let tries = sources[current].tries
    if tries > retries {
      sources[current].end = StepFailure(
        .unavailable,
        "\(reason) (tried \(tries) times; what came so far is kept, run again to go on)")
    }
    return turn()
  }

  /// The source sent another file. Where it is the same one as before, it will be so again.
  mutating func wrong(_ difference: String, retries: Int) -> Int? {
    hops = 0
    sources[current].tries += 1
    sources[current].wrongs += 1
    if sources[current].wrong == difference || sources[current].wrongs > retries
      || sources[current].tries > retries
    {
      sources[current].end = StepFailure(
        .failed,
        "it is not the file that the list describes: \(difference). What was fetched is deleted. Either the "
          + "list is out of date, or what was sent is damaged or not to be trusted")
    }
    sources[current].wrong = difference
    return turn()
  }

  /// The source will not have it.
  mutating func giveUp(_ failure: StepFailure) {
    hops = 0
    sources[current].end = failure
    _ = turn()
  }

  private mutating func turn() -> Int? {
    for step in 1...sources.count {
      let next = (current + step) % sources.count
      if sources[next].end == nil {
        current = next
        return sources[next].tries
      }
    }
    return nil
  }
}

extension StepFailure.Kind {
  /// Of one file's failures, a source each: the kind of the source that may yet have it.
  fileprivate static func best(of failures: [StepFailure]) -> StepFailure.Kind {
    let kinds = failures.map(\.kind)
    return [.unavailable, .failed].first { kinds.contains($0) } ?? .invalid
  }

  /// Of several failures the kind by which all are told: what a retry may mend last of all.
  static func worst(of failures: [StepFailure]) -> StepFailure.Kind {
    let kinds = failures.map(\.kind)
    return [.invalid, .failed, .cancelled].first { kinds.contains($0) } ?? .unavailable
  }
}
