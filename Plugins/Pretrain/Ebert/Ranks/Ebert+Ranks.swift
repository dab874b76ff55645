import Collective
import Files
import FlowPlugin

extension Ebert {
  /// Joins those that train together; nothing but this process where no launcher started more.
  ///
  /// - Throws: `StepFailure` where they cannot share the work alike, `CollectiveError` where they
  ///   cannot find each other.
  func join(_ step: Step) throws -> any Collective {
    if parameters.batchSize % step.ranks != 0 {
      throw StepFailure(
        .invalid,
        "batch_size (\(parameters.batchSize)) is not a multiple of the \(step.ranks) ranks, of which each "
          + "computes as many windows of a step; change one of them")
    }
    if parameters.device == .cuda, step.ranks > 1 {
      throw StepFailure(
        .invalid,
        "device cuda trains in one process; ranks add up their gradients in the processor's memory")
    }
    return try Joining.join(rank: step.rank, count: step.ranks)
  }

  /// Says and records who trains together.
  func describe(_ step: Step, _ collective: any Collective) {
    guard collective.count > 1 else { return }
    let share = parameters.batchSize / collective.count
    step.log(
      "\(collective.count) ranks over \(collective.transport), \(share) "
        + "window\(share == 1 ? "" : "s") of a step each")
    step.record(
      "ranks",
      ["count": .integer(collective.count), "transport": .string(collective.transport)])
    // What launchers do unless told otherwise, and what makes threads useless.
    if let processors = boundProcessors, processors < step.threads {
      step.warn(
        "the launcher binds each rank to \(processors) processor\(processors == 1 ? "" : "s"), but "
          + "--threads is \(step.threads): start Open MPI's mpirun with --bind-to none or --map-by "
          + "slot:PE=\(step.threads), srun with --cpus-per-task=\(step.threads)")
    }
  }

  /// How many processors this process may run on (man proc, Cpus_allowed); nil where that is not known.
  private var boundProcessors: Int? {
    let status = (try? Path.readText("/proc/self/status", limit: 1 << 16)) ?? ""
    // A bit for each processor, as hexadecimal digits with commas between.
    return status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") }.map {
      $0.dropFirst("Cpus_allowed:".count).compactMap(\.hexDigitValue)
        .reduce(0) { $0 + $1.nonzeroBitCount }
    }
  }

  /// Rank 0's scratch directory, in which all ranks find the checkpoint to go on from.
  ///
  /// - Parameter identity: of the run, which must be the same for all ranks.
  func agreedScratch(
    _ step: Step, _ identity: String, _ collective: any Collective
  ) throws -> String {
    let others = try collective.ranksThatDiffer(Array(identity.utf8))
    if !others.isEmpty {
      throw StepFailure(
        .invalid,
        "\(Trainer.name(others)) was started with other parameters or another corpus than rank 0; start all "
          + "ranks with one command, on files that all of them see alike")
    }
    var path = Array(step.scratch.utf8)
    try collective.broadcast(&path)
    return String(decoding: path, as: UTF8.self)
  }
}
