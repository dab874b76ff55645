import Files
import Glibc

/// Runs one step for someone else's scheduler, or by hand: `flow step run` as its user sees it.
///
/// The worker writes beside the final place; the outputs are renamed into the output directory only when
/// all of them are there, and only where they replace nothing that is the user's.
public enum StandaloneStep {
  /// - Parameters:
  ///   - request: with the user's directory as `outputDirectory`, and his scratch directory or "" for none.
  ///   - tell: called for each event, for the terminal.
  ///   - stopRequest: whether, and how, it is to stop; asked several times a second.
  ///   - ended: called with the directory of the outputs once the step has ended, however it did; they may be
  ///     incomplete, and are gone afterwards unless it is done.
  /// - Returns: how it ended; the outputs are in place exactly if it is `.done`.
  /// - Throws: `Diagnostic`, before anything runs, where something is in an output's way.
  public static func run(
    _ request: StepRequest, tell: (StepEvent) -> Void, stopRequest: () -> StopRequest?,
    ended: (_ outputs: String) throws -> Void = { _ in }
  ) throws -> StepOutcome {
    if request.rank.number > 0 {
      return try runBesideRankZero(request, tell: tell, stopRequest: stopRequest)
    }
    let final = request.outputDirectory
    try Path.createDirectory(final)
    let targets = OutputTargets(request)
    try targets.checkBeforeRunning()
    let workplace = try StandaloneWorkplace(in: final)
    defer { workplace.remove() }
    var request = request
    request.outputDirectory = workplace.partial
    let ownScratch = request.scratchDirectory.isEmpty
    if ownScratch { request.scratchDirectory = workplace.scratch }
    try Path.createDirectory(request.scratchDirectory)

    Orphans.adopt()
    var outcome = try watch(
      StepProcess(request, log: STDERR_FILENO), tell: tell, stopRequest: stopRequest)
    _ = Orphans.end(leftBy: request.outputDirectory, sparing: [])
    try ended(workplace.partial)
    guard outcome.kind == .done else { return outcome }
    let problems = try OutputCheck.problems(of: request.operation, in: workplace.partial)
    guard problems.isEmpty else {
      outcome.kind = .failed
      outcome.message = "the plugin does not keep its promise: " + problems.joined(separator: "; ")
      return outcome
    }
    try WholeFile.synchronizeTree(workplace.partial)
    if let problem = try targets.problem(placing: workplace.partial) {
      // The work of hours is not thrown away for it.
      let kept = "\(final)/outputs-\(getpid())"
      try WholeFile.publish(workplace.partial, as: kept)
      outcome.kind = .failed
      outcome.message = "\(problem); the new outputs are in \(kept)"
      return outcome
    }
    for name in try Path.list(workplace.partial) {
      // A directory cannot be renamed over one that holds something.
      try Path.remove("\(final)/\(name)")
      try WholeFile.publish("\(workplace.partial)/\(name)", as: "\(final)/\(name)")
    }
    if ownScratch { try? Path.remove(request.scratchDirectory) }
    return outcome
  }

  /// A rank that publishes nothing keeps away from the output directory, which all ranks may share.
  private static func runBesideRankZero(
    _ request: StepRequest, tell: (StepEvent) -> Void, stopRequest: () -> StopRequest?
  ) throws -> StepOutcome {
    let directory = try Path.createTemporaryDirectory()
    defer { try? Path.remove(directory) }
    var request = request
    request.outputDirectory = directory
    request.scratchDirectory = "\(directory)/scratch"
    try Path.createDirectory(request.scratchDirectory)
    return try watch(
      StepProcess(request, log: STDERR_FILENO), tell: tell, stopRequest: stopRequest)
  }

  private static func watch(
    _ process: StepProcess, tell: (StepEvent) -> Void, stopRequest: () -> StopRequest?
  ) -> StepOutcome {
    while true {
      var waiting = process.polled()
      poll(&waiting, nfds_t(waiting.count), process.endsUnseen ? 5 : 200)
      for event in process.readEvents() { tell(event) }
      if let outcome = process.outcome(blocking: false) {
        for event in process.lateEvents { tell(event) }
        return outcome
      }
      if let request = stopRequest() {
        process.cancel()
        if request == .atOnce { process.end() }
      }
      process.checkLimits()
    }
  }
}
