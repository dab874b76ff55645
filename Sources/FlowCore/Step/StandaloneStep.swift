import Files
import Glibc

/// Runs one step for someone else's scheduler, or by hand: `flow step run` as its user sees it.
///
/// The worker writes beside the final place; the outputs are renamed into the output directory only when
/// all of them are there.
public enum StandaloneStep {
  /// - Parameters:
  ///   - request: with the user's directory as `outputDirectory`, and his scratch directory or "" for none.
  ///   - tell: called for each event, for the terminal.
  /// - Returns: how it ended; the outputs are in place exactly if it is `.done`.
  public static func run(
    _ request: StepRequest, tell: (StepEvent) -> Void, isInterrupted: () -> Bool
  ) throws -> StepOutcome {
    let final = request.outputDirectory
    try Path.createDirectory(final)
    var request = request
    let partial = "\(final)/.flow-partial"
    try Path.remove(partial)
    try Path.createDirectory(partial)
    // A scratch directory of our own stays only where it holds work for the next attempt.
    defer {
      try? Path.remove(partial)
      if request.scratchDirectory == "\(final)/.flow-scratch" { rmdir(request.scratchDirectory) }
    }
    request.outputDirectory = partial
    let ownScratch = request.scratchDirectory.isEmpty
    if ownScratch { request.scratchDirectory = "\(final)/.flow-scratch" }
    try Path.createDirectory(request.scratchDirectory)

    let process = try StepProcess(request, log: STDERR_FILENO)
    var ended: StepOutcome?
    while ended == nil {
      var waiting = pollfd(fd: process.descriptor, events: Int16(POLLIN), revents: 0)
      poll(&waiting, 1, 200)
      if isInterrupted() { process.cancel() }
      let (events, isClosed) = process.readEvents()
      for event in events { tell(event) }
      process.checkLimits()
      ended = process.outcome(blocking: false)
      if ended == nil && isClosed { usleep(2_000) }
    }
    for event in process.lateEvents { tell(event) }
    guard var outcome = ended, outcome.kind == .done else {
      return ended ?? StepOutcome(kind: .failed, message: "the worker's end was lost")
    }
    let problems = try OutputCheck.problems(of: request.operation, in: partial)
    guard problems.isEmpty else {
      outcome.kind = .failed
      outcome.message = "the plugin does not keep its promise: " + problems.joined(separator: "; ")
      return outcome
    }
    try WholeFile.synchronizeTree(partial)
    for name in try Path.list(partial) {
      // A directory cannot be renamed over one that holds something.
      try Path.remove("\(final)/\(name)")
      try WholeFile.publish("\(partial)/\(name)", as: "\(final)/\(name)")
    }
    if ownScratch { try Path.remove(request.scratchDirectory) }
    return outcome
  }
}
