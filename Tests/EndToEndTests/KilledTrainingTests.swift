import Files
import FlowTesting
import Glibc
import Testing

/// A training on real sequence is killed at random moments and gone on with, until it ends.
///
/// scripts/kill-training.py does the same a thousand times, and at each system call of a save.
@Suite struct KilledTrainingTests {
  /// A moment to kill at.
  private enum Moment {
    /// Microseconds after the start.
    case after(Int)
    /// Microseconds after the start of the run's first, second, ... checkpoint.
    case inSave(Int, Int)
    /// Microseconds after the start of the model's writing.
    case inEnd(Int)
  }

  private let work: TemporaryDirectory

  init() throws {
    work = try TemporaryDirectory()
    let data = "\(Built.sourceTree())/Workflows/data"
    let result = try Built.flow(
      [
        "tokenize", "corpus", "--input", "sequence=\(data)/hg19.chr20q.fa.gz", "--input",
        "states=\(data)/E116_25_imputed12marks_mnemonics.chr20.bed.gz", "--param",
        "cell_types=GM12878", "--param", "k=6", "--param", "validation=chr20:50000001-53000000",
        "--output-dir", work.at("corpus"),
      ], in: work.path)
    try #require(result.status == 0, "\(result.errors)")
  }

  private func start(_ name: String) throws -> RunningCommand {
    let parameters = [
      "layers=1", "hidden_size=16", "heads=2", "length=64", "batch_size=4", "steps=60",
      "warmup_steps=5", "validation_every=20", "validation_windows=4", "checkpoint_every=3",
    ]
    return try Built.start(
      ["step", "run", "pretrain/ebert", "--input", "corpus=\(work.at("corpus/corpus"))"]
        + parameters.flatMap { ["--param", $0] }
        + ["--output-dir", work.at("\(name)/out"), "--scratch-dir", work.at("\(name)/scratch")],
      in: work.path)
  }

  /// The hashes of all that the training wrote.
  private func result(_ name: String) throws -> [String: String] {
    let model = work.at("\(name)/out/model")
    var hashes = ["summary.json": try StreamingHash.of(file: work.at("\(name)/out/summary.json"))]
    for file in try Path.list(model) {
      hashes[file] = try StreamingHash.of(file: "\(model)/\(file)")
    }
    return hashes
  }

  @Test func aTrainingKilledAtTwentyMomentsEndsWithTheSameBits() throws {
    let clock = ContinuousClock()
    let begin = clock.now
    #expect(try start("whole").wait().status == 0)
    let duration = Int((clock.now - begin) / .microseconds(1))
    let expected = try result("whole")
    var random = Moments(seed: 20)
    var (kills, attempts, resumed, trainings) = (0, 0, 0, 0)
    while kills < 20 {
      trainings += 1
      let name = "training\(trainings)"
      var isOver = false
      while !isOver {
        attempts += 1
        try #require(attempts < 100, "nothing gets on")
        let running = try start(name)
        let isKilled = kills < 20 && strike(running, name, random.next(duration), &random)
        let end = try running.wait()
        if end.errors.contains("going on from the checkpoint of step") { resumed += 1 }
        #expect(!end.errors.contains("passed over"), "\(end.errors)")
        if isKilled {
          kills += 1
        } else {
          #expect(end.status == 0, "\(end.errors)")
          isOver = true
        }
      }
      #expect(try result(name) == expected, "after \(kills) kills")
      try Path.remove(work.at(name))
    }
    #expect(resumed > 0, "no kill came after a checkpoint")
    print("\(kills) kills in \(trainings) trainings, resumed from a checkpoint \(resumed) times")
  }

  /// - Returns: whether the training was still running.
  private func strike(
    _ running: RunningCommand, _ name: String, _ moment: Moment, _ random: inout Moments
  ) -> Bool {
    let partial = work.at("\(name)/scratch/checkpoints/partial")
    switch moment {
    case .after(let delay): usleep(UInt32(delay))
    case .inSave(let number, let delay):
      for save in 1...number {
        guard wait(running, until: { Path.exists(partial) }),
          save == number || wait(running, until: { !Path.exists(partial) })
        else { return false }
      }
      usleep(UInt32(delay))
    case .inEnd(let delay):
      let model = work.at("\(name)/out/.flow-partial-\(running.pid)/model")
      guard wait(running, until: { Path.exists(model) }) else { return false }
      usleep(UInt32(delay))
    }
    guard running.isAlive else { return false }
    let children = (try? Path.readText("/proc/\(running.pid)/task/\(running.pid)/children")) ?? ""
    let worker = children.split(separator: " ").first.flatMap { pid_t($0) }
    // The supervisor, the worker, or both, as a batch system, a fault and a power cut do it.
    let whom = random.below(3)
    if whom != 1 || worker == nil { running.kill(SIGKILL) }
    if whom != 0, let worker { kill(-worker, SIGKILL) }
    return true
  }

  /// - Returns: false where the training ends before.
  private func wait(_ running: RunningCommand, until condition: () -> Bool) -> Bool {
    while !condition() {
      if !running.isAlive { return false }
      usleep(200)
    }
    return true
  }

  /// Moments drawn from a seed, spread over the start, the saves and the end.
  private struct Moments {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func below(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }

    mutating func next(_ duration: Int) -> Moment {
      switch below(10) {
      case 0..<5: .after(below(duration))
      case 5..<8: .inSave(1 + below(4), below(15_000))
      default: .inEnd(below(6_000))
      }
    }
  }
}

extension RunningCommand {
  /// Whether it has not ended; a zombie has.
  fileprivate var isAlive: Bool {
    guard let status = try? Path.readText("/proc/\(pid)/stat") else { return false }
    return !(status.split(separator: ")").last?.hasPrefix(" Z") ?? true)
  }
}
