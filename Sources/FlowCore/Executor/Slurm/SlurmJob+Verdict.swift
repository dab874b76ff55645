import Files

/// What a job has come to, from its own files and from Slurm's word.
extension SlurmJob {
  enum Verdict: Equatable {
    case wait
    case ended(StepOutcome)
    /// The cluster is at fault: it is submitted again.
    case again(String)
    /// `scontrol` must say why it was stopped.
    case askWhy
  }

  /// Files of a job that ended by itself may take so long to be seen here (in seconds), attribute caches of
  /// network file systems and slow disks included.
  static let lateness = 60.0
  /// The same for a job that was ended by force, which hardly left anything.
  static let shortLateness = 3.0
  /// Slurm is given so long to cancel a job before the engine leaves it behind.
  static let cancelPatience = 90.0
  static let mostSubmissions = 4

  func verdict() -> Verdict {
    let moment = monotonicSeconds()
    if let asked = stopAsked {
      if lastWord?.outcome.kind != .done { return stopped(moment - asked) }
    }
    if let end = lastWord { return verdict(on: end, since: moment - endSeen) }
    guard phase == .submitted, let state, state.isOver else { return .wait }
    let since = moment - (overSince ?? moment)
    if isAdopted && !wasSeenAlive && since > Self.shortLateness {
      return .again("\(words) of an earlier run ended while no flow was watching (\(state.words))")
    }
    let words = slurmsWords
    let endedItself = ["COMPLETED", "FAILED", Self.gone].contains(state.name)
    let isExplained = !endedItself || Self.saysMemory(words)
    guard since > (isExplained ? Self.shortLateness : Self.lateness) else { return .wait }
    if state.isClustersFault, submissions < Self.mostSubmissions {
      return .again("\(self.words) ended: \(Self.meaning(of: state))")
    }
    if state.name == "TIMEOUT", details == nil { return .askWhy }
    return .ended(explained(state, words))
  }

  /// A job that Slurm has forgotten.
  static let gone = "GONE"

  private func stopped(_ since: Double) -> Verdict {
    let cancelled = StepOutcome(kind: .cancelled, message: "stopped on request")
    if lastWord != nil { return .ended(cancelled) }
    if phase == .queued { return .ended(cancelled) }
    if let overSince, !hasBegun || monotonicSeconds() - overSince > Self.shortLateness {
      return .ended(cancelled)
    }
    guard since > Self.cancelPatience else { return .wait }
    var left = cancelled
    left.message =
      "stopped on request; \(words) may still be there: scancel \(id.map { "\($0)" } ?? "-n \(submission?.name ?? "")")"
    return .ended(left)
  }

  private func verdict(on end: JobEnd, since: Double) -> Verdict {
    let outcome = end.outcome
    switch outcome.kind {
    case .done:
      if let seen = try? TreeMeasure.of("\(directory)/\(AttemptDirectories.ofJobs)"),
        seen == end.outputs
      {
        return .ended(outcome)
      }
      guard since > Self.lateness else { return .wait }
      return .ended(
        failure(
          "\(words) was done on \(end.node), but its outputs in \(directory) are not seen here: "
            + "the state directory must be on a file system that this machine and the nodes share"))
    case .cancelled:
      // Nobody here asked for it: Slurm did, and may start it again.
      guard let state, state.isOver else { return .wait }
      if state.isClustersFault || details?.wasPreempted == true,
        submissions < Self.mostSubmissions
      {
        return .again("\(words) ended: preempted")
      }
      guard let details else { return .askWhy }
      if details.wasOutOfTime { return .ended(outOfTime(details)) }
      if state.name == "CANCELLED" { return .ended(explained(state, "")) }
      // Whoever it was (an administrator who needs the node), it was not for what the step did.
      guard submissions >= Self.mostSubmissions else {
        return .again("\(words) on \(end.node) was asked to stop, and did")
      }
      return .ended(failure("\(words) on \(end.node) was asked to stop, as those before it"))
    case .crashed, .failed:
      // Was it the memory? The kernel kills, and only Slurm says why.
      let isKilled = outcome.signal == 9 || outcome.exitCode == 137
      guard isKilled, since < Self.shortLateness * 3, state?.isOver != true else {
        if isKilled, state?.name == "OUT_OF_MEMORY" || Self.saysMemory(slurmsWords) {
          return .ended(outOfMemory(slurmsWords, used: outcome.usage.peakMemory))
        }
        return .ended(outcome)
      }
      return .wait
    default: return .ended(outcome)
    }
  }

  // MARK: In words

  private func failure(_ message: String, for limit: StepOutcome.Limit? = nil) -> StepOutcome {
    var outcome = StepOutcome(kind: .failed, message: message)
    outcome.limit = limit
    return outcome
  }

  private func explained(_ state: SlurmState, _ words: String) -> StepOutcome {
    let place = state.node.isEmpty ? "" : " on \(state.node)"
    if state.name == "OUT_OF_MEMORY" || Self.saysMemory(words) {
      return outOfMemory(words, used: 0)
    }
    switch state.name {
    case "TIMEOUT": return outOfTime(details ?? SlurmDetails(""))
    case Self.gone:
      return failure("\(self.words) is gone and left no word of how it ended")
    case "COMPLETED", "FAILED":
      let last = words.split(separator: "\n").last.map { ": \(Visible.cell(String($0)))" } ?? ""
      return failure(
        "\(self.words)\(place) ended (\(state.words)) without a word of how its step did\(last); "
          + "flow and the state directory must be under the same paths on the nodes")
    default: return failure("\(self.words)\(place) ended: \(Self.meaning(of: state))")
    }
  }

  private func outOfTime(_ details: SlurmDetails) -> StepOutcome {
    let limit = details.timeLimit.map { " of \(Quantity.text(seconds: Double($0)))" } ?? ""
    let asked =
      step.resources.time == nil
      ? "the step asks for none, so it got the partition's: give it 'time:' under 'resources:'"
      : "raise 'time:' under 'resources:'"
    return failure(
      "\(words) came to the end of its time at Slurm\(limit) (TIMEOUT); \(asked)", for: .time)
  }

  private func outOfMemory(_ words: String, used: Int) -> StepOutcome {
    var used = used
    // "exceeded memory limit (223555584 > 52428800), being killed"
    if let range = words.firstRange(of: "exceeded memory limit (") {
      used = Int(words[range.upperBound...].prefix { $0.isNumber }) ?? used
    }
    let amount = used > 0 ? "; it used \(Quantity.text(bytes: used))" : ""
    let asked = step.resources.memory.map { "the \(Quantity.text(bytes: $0)) that it asks for" }
    return failure(
      "\(self.words) used more memory than \(asked ?? "the partition gives, as it asks for none")"
        + " (OUT_OF_MEMORY\(amount)); raise 'memory:' under 'resources:'", for: .memory)
  }

  private static func saysMemory(_ words: String) -> Bool {
    words.contains("exceeded memory limit") || words.contains("Exceeded job memory limit")
      || words.contains("oom-kill") || words.contains("oom_kill")
  }

  private static func meaning(of state: SlurmState) -> String {
    switch state.name {
    case "CANCELLED":
      state.reason.hasPrefix("by ")
        ? "it was cancelled \(state.reason) (CANCELLED)"
        : "it was cancelled, not by this flow (CANCELLED)"
    case "NODE_FAIL": "its node failed (NODE_FAIL)"
    case "BOOT_FAIL": "its node did not start (BOOT_FAIL)"
    case "PREEMPTED": "it had to make room for another (PREEMPTED)"
    case "DEADLINE": "it missed its deadline (DEADLINE)"
    default: state.words
    }
  }
}
