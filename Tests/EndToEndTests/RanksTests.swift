import Files
import FlowTesting
import Glibc
import Testing

/// Training by several processes, started by the launchers that are installed.
@Suite(
  .serialized,
  .enabled(
    if: !MPILauncher.installed.isEmpty, "no MPI is installed: apt-get install openmpi-bin mpich"))
struct RanksTests {
  let work: TemporaryDirectory

  init() throws {
    work = try TemporaryDirectory()
    // An order that is there to be learned, and states that have nothing to do with it.
    let bases = (0..<6000).map { ["A", "C", "G", "T", "T", "C", "A"][$0 * $0 % 7] }.joined()
    try work.write("genome.fa", ">one\n\(bases)\n")
    try work.write(
      "states.bed", (0..<30).map { "one\t\($0 * 200)\t\($0 * 200 + 200)\tE\($0 % 3)\n" }.joined())
    let result = try Built.flow(
      [
        "tokenize", "corpus", "--input", "sequence=genome.fa", "--input", "states=states.bed",
        "--param", "k=3", "--param", "cell_types=made-up", "--param", "validation=one:5001-6000",
        "--param", "min_region=64", "--output-dir", ".",
      ], in: work.path)
    try #require(result.status == 0, "\(result.errors)")
  }

  private func command(_ name: String, _ changes: [String: String] = [:]) -> [String] {
    let parameters = [
      "layers": "2", "hidden_size": "16", "heads": "2", "length": "24", "batch_size": "8",
      "steps": "12", "warmup_steps": "3", "dropout": "0.1", "learning_rate": "3e-3",
      "validation_every": "4", "validation_windows": "9", "checkpoint_every": "3",
    ].merging(changes) { $1 }
    return ["\(Built.directory)/flow", "pretrain", "ebert", "--input", "corpus=corpus"]
      + parameters.flatMap { ["--param", "\($0.key)=\($0.value)"] } + ["--output-dir", name]
  }

  /// Trains to the end.
  private func train(
    _ name: String, _ launcher: MPILauncher, ranks: Int, _ changes: [String: String] = [:]
  ) throws -> CommandResult {
    try launcher.start(ranks: ranks, command(name, changes), in: work.path).wait()
  }

  private func summary(_ name: String) throws -> JSON {
    try JSON(parsing: work.read("\(name)/summary.json"))
  }

  /// All numbers of the summary's curves and of its losses by state.
  private func losses(_ name: String) throws -> [Double] {
    func numbers(_ json: JSON?) -> [Double] {
      switch json {
      case .array(let list): list.flatMap(numbers)
      case .object(let object): object.sorted { $0.key < $1.key }.flatMap { numbers($0.value) }
      default: json?.number.map { [$0] } ?? []
      }
    }
    let summary = try summary(name)
    return numbers(summary["loss"]) + numbers(summary["validation"])
  }

  /// Micro-batches, masked states, early stopping and dropout, all of which must not tell ranks apart.
  @Test(arguments: MPILauncher.installed)
  func lossesAreThoseOfOneRankWithinRounding(launcher: MPILauncher) throws {
    let changes = ["micro_batch": "3", "state_mask_rate": "0.2", "patience": "2"]
    let alone = try Built.flow(Array(command("alone", changes).dropFirst()), in: work.path)
    try #require(alone.status == 0, "\(alone.errors)")
    let expected = try losses("alone")
    #expect(expected.count > 40)
    for ranks in [2, 4] {
      let result = try train("ranks-\(ranks)", launcher, ranks: ranks, changes)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.errors.contains("\(ranks) ranks over \(launcher)"))
      let found = try losses("ranks-\(ranks)")
      try #require(found.count == expected.count)
      for (one, other) in zip(expected, found) {
        #expect(abs(one - other) <= 1e-5 * max(1, abs(one)))
      }
      // Nothing but rank 0's outputs is left, and no rank's directory.
      #expect(
        try Path.list(work.at("ranks-\(ranks)")).sorted() == ["events", "model", "summary.json"])
    }
  }

  /// The worker of a rank of the training in this test's directory.
  private func worker(ofRank rank: String) throws -> pid_t? {
    for entry in try Path.list("/proc") {
      guard let pid = pid_t(entry), let bytes = try? Path.read("/proc/\(entry)/cmdline"),
        (try? Path.real("/proc/\(entry)/cwd")) == (try? Path.real(work.path))
      else { continue }
      let arguments = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
      if arguments.contains("--events-fd"), arguments.contains(rank) { return pid }
    }
    return nil
  }

  private static let long = ["steps": "240", "checkpoint_every": "20", "validation_every": "0"]

  /// Starts a training, or goes on with it, and waits until its workers run and it has a new checkpoint: MPICH's
  /// launcher waits for ever for the other ranks where one dies before they have found each other.
  private func startLong(_ launcher: MPILauncher) throws -> RunningCommand {
    let checkpoints = work.at("disturbed/.flow-scratch/checkpoints")
    let before = Set((try? Path.list(checkpoints)) ?? [])
    let running = try launcher.start(ranks: 2, command("disturbed", Self.long), in: work.path)
    for _ in 0..<4000 {
      let new = Set((try? Path.list(checkpoints)) ?? []).subtracting(before)
      if new.contains(where: { $0.hasPrefix("step-") }) { break }
      usleep(5_000)
    }
    for _ in 0..<200 where try worker(ofRank: "1/2") == nil { usleep(5_000) }
    return running
  }

  /// Stopped by request, then killed in one of its ranks, then left alone.
  @Test(arguments: MPILauncher.installed)
  func aTrainingThatIsDisturbedEndsWithTheSameBits(launcher: MPILauncher) throws {
    let asked = try startLong(launcher)
    asked.kill(SIGUSR1)
    let result = try asked.wait()
    // Not the launcher's exit status: MPICH's is 0 now and then, whatever its ranks ended with.
    #expect(!work.exists("disturbed/model"))
    let stopped = try #require(
      result.errors.split(separator: "\n").first { $0.contains("stopped on request after step ") },
      "\(result.errors)")
    let step = try #require(stopped.split(separator: " ").compactMap { Int($0) }.first)
    #expect(
      try Path.list(work.at("disturbed/.flow-scratch/checkpoints")).contains("step-\(step)"),
      "\(stopped)")

    let killed = try startLong(launcher)
    kill(try #require(try worker(ofRank: "1/2")), SIGKILL)
    #expect(try killed.wait().status != 0)
    #expect(!work.exists("disturbed/model"))
    for rank in ["0/2", "1/2"] {
      for _ in 0..<100 where try worker(ofRank: rank) != nil { usleep(20_000) }
      #expect(try worker(ofRank: rank) == nil)
    }

    let again = try train("disturbed", launcher, ranks: 2, Self.long)
    #expect(again.status == 0, "\(again.errors)")
    #expect(again.errors.contains("going on from the checkpoint of step"))
    #expect(try train("whole", launcher, ranks: 2, Self.long).status == 0)
    #expect(
      try StreamingHash.of(file: work.at("whole/model/model.safetensors"))
        == StreamingHash.of(file: work.at("disturbed/model/model.safetensors")))
  }

  @Test func aBatchThatRanksCannotShareAlikeIsRefused() throws {
    let launcher = try #require(MPILauncher.installed.first)
    let result = try train("odd", launcher, ranks: 3)
    #expect(result.status != 0)
    #expect(
      result.errors.contains(
        "batch_size (8) is not a multiple of the 3 ranks, of which each computes as many windows"))
  }

  /// The windows of a step that went wrong are those of all ranks.
  @Test func divergenceNamesTheWindowsOfAllRanks() throws {
    let launcher = try #require(MPILauncher.installed.first)
    let changes = ["spike_factor": "0.5", "spike_window": "2", "validation_every": "0"]
    let result = try train("wild", launcher, ranks: 2, changes)
    #expect(result.status != 0)
    #expect(result.errors.contains("the loss of step 3 is "), "\(result.errors)")
    let diverged = try JSON(parsing: work.read("wild/.flow-scratch/diverged-step.json"))
    let windows = try #require(diverged["windows"]?.array)
    #expect(windows.count == 8)
    #expect(Set(windows.compactMap { $0["window"]?.string }).count == 8)
  }
}
