/// What Slurm says of a job (https://slurm.schedmd.com/squeue.html#SECTION_JOB-STATE-CODES).
struct SlurmState: Equatable {
  /// In full, in capitals: `RUNNING`, `OUT_OF_MEMORY`.
  var name: String
  /// Why it waits or why it ended: `Resources`, `PartitionTimeLimit`; empty or `None` where nothing is said.
  var reason: String
  /// Where it runs or ran.
  var node = ""

  /// Neither waiting nor running, nor about to.
  var isOver: Bool { Self.final.contains(name) }
  var isRunning: Bool { ["RUNNING", "COMPLETING", "SUSPENDED", "STOPPED"].contains(name) }
  /// Whether the cluster ended it for reasons of its own.
  var isClustersFault: Bool { ["NODE_FAIL", "BOOT_FAIL", "PREEMPTED"].contains(name) }

  private static let final: Set<String> = [
    "BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY",
    "PREEMPTED", "REVOKED", "TIMEOUT", "SPECIAL_EXIT", "LAUNCH_FAILED", "RECONFIG_FAIL",
    SlurmJob.gone,
  ]

  /// Why it waits, for people: "pending (Resources)".
  var words: String {
    let word = name.lowercased()
    return reason.isEmpty || reason == "None" ? word : "\(word) (\(reason))"
  }

  /// Whether it waits for what will never come by itself.
  var cannotStart: Bool {
    guard name == "PENDING" else { return false }
    return [
      "PartitionTimeLimit", "PartitionNodeLimit", "PartitionDown", "PartitionInactive",
      "BadConstraints", "AccountNotAllowed", "QOSNotAllowed", "JobHeldUser", "JobHeldAdmin",
      "launch_failed_requeued_held", "PartitionConfig", "DependencyNeverSatisfied",
      "ReqNodeNotAvail", "InvalidQOS",
      "InvalidAccount", "QOSTimeLimit", "QOSUsageThreshold", "QOSMaxMemoryPerJob",
      "QOSMaxCpuPerJobLimit", "QOSMaxWallDurationPerJobLimit", "AssocMaxWallDurationPerJobLimit",
      "AssocMaxCpuPerJobLimit", "MaxMemPerLimit",
    ].contains { reason.hasPrefix($0) }
  }
}

/// A job as Slurm numbers it.
struct SlurmJobID: Hashable, CustomStringConvertible {
  /// Of the job, or of the array.
  var number: Int
  /// nil for a job that is no array.
  var index: Int?

  /// As `scancel` and people write it: `12`, `12_3`.
  var description: String { index.map { "\(number)_\($0)" } ?? "\(number)" }

  init(_ number: Int, index: Int?) {
    self.number = number
    self.index = index
  }

  /// nil for anything else, for instance a part of a job: `12.batch`.
  init?(text: some StringProtocol) {
    let parts = text.split(separator: "_", omittingEmptySubsequences: false)
    guard let number = parts.first.flatMap({ Int($0) }), parts.count <= 2 else { return nil }
    self.number = number
    if parts.count == 2 {
      guard let index = Int(parts[1]) else { return nil }
      self.index = index
    }
  }
}

/// What Slurm's programs print.
enum SlurmText {
  /// Asks for all jobs of a user with their fields, the name last since it may hold anything.
  static let listArguments = [
    "--array", "--noheader", "--states=all", "--format=%F|%K|%T|%N|%r|%j",
  ]
  static let accountingArguments = [
    "--allocations", "--noheader", "--parsable2", "--format=JobID,State,NodeList,JobName",
  ]

  struct Listed: Equatable {
    var id: SlurmJobID
    var state: SlurmState
    var jobName: String
  }

  /// The jobs in the output of `squeue` with `listArguments`; other lines are left out.
  static func listed(_ text: String) -> [Listed] {
    text.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: "|", maxSplits: 5, omittingEmptySubsequences: false)
      guard fields.count == 6, let number = Int(fields[0]) else { return nil }
      return Listed(
        id: SlurmJobID(number, index: Int(fields[1])),
        state: SlurmState(
          name: String(fields[2]), reason: String(fields[4]), node: String(fields[3])),
        jobName: String(fields[5]))
    }
  }

  /// The jobs in the output of `sacct` with `accountingArguments`: a cancelled one is "CANCELLED by UID".
  static func accounted(_ text: String) -> [Listed] {
    text.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: "|", maxSplits: 3, omittingEmptySubsequences: false)
      guard fields.count == 4, let id = SlurmJobID(text: fields[0]) else { return nil }
      let words = fields[1].split(separator: " ", maxSplits: 1)
      guard let name = words.first else { return nil }
      return Listed(
        id: id,
        state: SlurmState(
          name: String(name), reason: words.count > 1 ? String(words[1]) : "",
          node: String(fields[2])),
        jobName: String(fields[3]))
    }
  }

  /// The number that `sbatch --parsable` prints, alone or with the cluster's name, among its warnings.
  static func submitted(_ text: String) -> Int? {
    for line in text.split(separator: "\n") {
      if let number = line.split(separator: ";").first.flatMap({ Int($0) }) { return number }
    }
    return nil
  }

  /// What a program complained of, without its own name, in one line.
  static func complaint(_ text: String) -> String {
    let lines = text.split(separator: "\n").map { line -> String in
      for prefix in [
        "sbatch: error: ", "squeue: error: ", "scancel: error: ", "slurm_load_jobs error: ",
        "sbatch: ",
      ]
      where line.hasPrefix(prefix) {
        return String(line.dropFirst(prefix.count))
      }
      return String(line)
    }
    let text = lines.filter { !$0.isEmpty }.joined(separator: "; ")
    return text.isEmpty ? "it does not say why" : String(Visible.cell(text).prefix(500))
  }

  /// Whether Slurm may take the same submission later: its controller does not answer, or has enough for now.
  static func isPassing(_ text: String) -> Bool {
    [
      "Unable to contact slurm controller", "Socket timed out", "Connection refused",
      "connect failure", "temporarily unable", "Resource temporarily unavailable",
      "Zero Bytes were transmitted", "Transport endpoint", "SubmitLimit", "MaxSubmit",
      "MaxJobs", "job count exceeds", "maximum number of jobs", "job submit limit",
      "slurm_receive_msg",
      "Slurm backup controller", "in standby mode", "rate limit",
    ].contains { text.contains($0) }
  }
}
