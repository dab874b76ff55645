import Files

/// Jobs that are handed to Slurm by one call of `sbatch`: one, or an array.
///
///     jobs/NAME/tasks.json    what each of its tasks works on, by its index
///     jobs/NAME/batch         what Slurm starts: a fixed script that becomes the command it is given
///     jobs/NAME/out[-INDEX]   what Slurm itself has to say about a task
struct SlurmSubmission: Equatable {
  /// Unique: the job's name at Slurm, by which it is found again when its number was not learned.
  let name: String
  /// Absolute.
  let directory: String
  /// One job that is no array has no indices.
  let isArray: Bool

  var tasksFile: String { "\(directory)/tasks.json" }
  var batchFile: String { "\(directory)/batch" }

  /// No word of a workflow becomes part of a script: the command is Slurm's to pass on, word by word.
  static let batch = "#!/bin/sh\nexec \"$@\"\n"
  /// Indices above this are refused by a Slurm that was not told otherwise (MaxArraySize of slurm.conf).
  static let longestArray = 1000

  func outFile(_ index: Int) -> String { "\(directory)/out" + (isArray ? "-\(index)" : "") }

  /// A name for jobs of this step of a workflow.
  static func name(ofStep step: String) -> String {
    let plain = step.utf8.prefix(40).map { byte -> Character in
      let isPlain =
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || byte == 0x5F || byte == 0x2D
      return isPlain ? Character(Unicode.Scalar(byte)) : "_"
    }
    let digits = String(UInt64.random(in: 0 ... .max), radix: 16)
    return "flow-\(String(plain))-\(String(repeating: "0", count: 16 - digits.count))\(digits)"
  }

  /// What the engine itself must decide.
  private static let own: Set<String> = [
    "-a", "--array", "-J", "--job-name", "-o", "--output", "-e", "--error", "-W", "--wait",
    "--wrap",
    "--parsable", "--open-mode", "--signal", "-N", "--nodes", "-n", "--ntasks", "--test-only",
    "-h", "--help", "-V", "--version", "-d", "--dependency",
  ]

  /// What is wrong with further options of `sbatch`.
  static func objections(to options: [String]) -> [Diagnostic] {
    options.compactMap { option in
      let name = option.prefix { $0 != "=" && $0 != " " }
      if !option.hasPrefix("-") || option.contains("\n") {
        return Diagnostic(
          "'\(option)' is no option of sbatch", fix: "write it as one word: --NAME=VALUE")
      }
      guard own.contains(String(name)) else { return nil }
      return Diagnostic("flow itself sets sbatch's \(name)", fix: "remove it")
    }
  }

  /// The arguments of `sbatch`.
  ///
  /// What the profile says comes first: Slurm heeds the last of two, so that a step's own resources count and
  /// nothing can take the job's name or its files away.
  func arguments(
    _ resources: Resources, options: SlurmOptions, count: Int, executable: String
  ) -> [String] {
    var arguments = options.options
    for (name, value) in [
      ("partition", options.partition), ("account", options.account), ("qos", options.qos),
      ("constraint", options.constraint),
    ] {
      if let value { arguments.append("--\(name)=\(value)") }
    }
    arguments += ["--nodes=1", "--ntasks=1", "--cpus-per-task=\(resources.cpus)"]
    // In MiB, rounded up: Slurm's finest unit for a job that is to fit.
    if let memory = resources.memory { arguments.append("--mem=\((memory + 1 << 20 - 1) >> 20)M") }
    if resources.gpus > 0 { arguments.append("--gres=gpu:\(resources.gpus)") }
    if let time = resources.time { arguments.append("--time=\(Self.minutes(forSeconds: time))") }
    // In a file name a percent sign begins a pattern.
    let out = "\(directory)/out".replacing("%", with: "%%")
    arguments += [
      "--parsable", "--job-name=\(name)", "--output=\(out)\(isArray ? "-%a" : "")",
      "--open-mode=append", "--requeue", "--signal=B:TERM@\(Self.warning)",
    ]
    if isArray { arguments.append("--array=0-\(count - 1)") }
    return arguments + [batchFile, executable, "step", "job", tasksFile]
  }

  /// Seconds before the end of its time at Slurm at which a job is asked to save its work; Slurm may be half a
  /// minute early.
  static let warning = 30
  /// From this limit on (in seconds), it is also the job's limit at Slurm.
  static let ownLimit = 600

  /// Minutes to ask for.
  ///
  /// The supervisor on the node ends a step at its limit to the second and says so. A short limit leaves room at
  /// Slurm for the start and the warning; a long one is asked for as it is, since one more minute may be more
  /// than a partition allows, and the warning ends the step a little before.
  static func minutes(forSeconds seconds: Int) -> Int {
    (seconds + 59 + (seconds < ownLimit ? 2 * warning : 0)) / 60
  }
}
