import Files
import FlowTesting
import Glibc
import Testing

@testable import Transformer

@Suite struct TrainingStateTests {
  let directory: TemporaryDirectory
  let configuration: BertConfiguration

  init() throws {
    directory = try TemporaryDirectory()
    configuration = try .small()
  }

  private func newRun() -> (MaskedLanguageModel, AdamW) {
    let model = MaskedLanguageModel(configuration, device: CPU(threads: 1), seed: 5)
    return (model, AdamW(model.parameters))
  }

  private func train(_ model: MaskedLanguageModel, _ optimizer: AdamW, to last: Int) throws {
    let batch = Batch.random(configuration, count: 2, length: 9)
    while optimizer.steps < last {
      let scored = ScoredPositions(rows: [Int32(optimizer.steps % 18)], labels: [7])
      _ = try model.train(
        batch, scored: scored, dropout: Dropout(seed: 1, step: optimizer.steps + 1))
      optimizer.step(learningRate: 1e-2)
    }
  }

  private func weights(_ model: MaskedLanguageModel) -> [[Float]] {
    model.parameters.tensors.map { model.parameters.values($0) }
  }

  private var state: TrainingState {
    TrainingState(directory: directory.path, identity: "one")
  }

  @Test func resumedRunEndsWithTheSameBits() throws {
    let (whole, wholeOptimizer) = newRun()
    try train(whole, wholeOptimizer, to: 9)
    let (first, firstOptimizer) = newRun()
    try train(first, firstOptimizer, to: 4)
    try state.save(firstOptimizer, facts: ["best": 1.25])
    let (second, secondOptimizer) = newRun()
    let facts = try state.restore(secondOptimizer) { Issue.record("\($0)") }
    #expect(facts == ["best": 1.25])
    #expect(secondOptimizer.steps == 4)
    try train(second, secondOptimizer, to: 9)
    #expect(weights(second) == weights(whole))
  }

  /// Two checkpoints, of steps 1 and 2, whose facts are their steps.
  private func twoCheckpoints() throws {
    let (model, optimizer) = newRun()
    for step in 1...2 {
      try train(model, optimizer, to: step)
      try state.save(optimizer, facts: .integer(step))
    }
  }

  /// What is restored, and why the newer were passed over.
  private func restored() throws -> (facts: JSON?, steps: Int, reasons: [String]) {
    let (_, optimizer) = newRun()
    var reasons: [String] = []
    let facts = try state.restore(optimizer) { reasons.append($0) }
    return (facts, optimizer.steps, reasons)
  }

  private func expectTheOneBefore(_ reason: String) throws {
    let result = try restored()
    #expect(result.facts == 1)
    #expect(result.steps == 1)
    #expect(result.reasons.count == 1)
    #expect(result.reasons.first?.contains(reason) ?? false, "\(result.reasons)")
  }

  private func change(_ name: String, _ edit: (inout [UInt8]) -> Void) throws {
    let path = directory.at("step-2/\(name)")
    var bytes = try Path.read(path)
    edit(&bytes)
    try WholeFile.write(bytes, to: path)
  }

  // MARK: Damage

  @Test func aFlippedBitIsNamedByItsTensor() throws {
    try twoCheckpoints()
    try change("state.safetensors") { $0[$0.count - 3] ^= 1 }
    try expectTheOneBefore(
      "step-2 is passed over: it is damaged: tensor 'weights/cls.predictions.transform.dense.weight'"
    )
  }

  /// Every bit counts: of the header, of the numbers, of the facts, of the hashes themselves.
  @Test(arguments: ["state.safetensors", "manifest.json", "SHA256SUMS"])
  func aBitFlippedAnywhereIsFound(name: String) throws {
    try twoCheckpoints()
    let size = try Path.size(directory.at("step-2/\(name)"))
    for place in stride(from: 0, to: size, by: max(1, size / 40)) {
      try change(name) { $0[place] ^= 1 << (place % 8) }
      #expect(try restored().steps == 1, "bit \(place % 8) of byte \(place)")
      try change(name) { $0[place] ^= 1 << (place % 8) }
    }
    #expect(try restored().steps == 2)
  }

  @Test func aTruncatedFileIsFound() throws {
    try twoCheckpoints()
    try change("state.safetensors") { $0.removeLast(4) }
    try expectTheOneBefore("it is damaged: state.safetensors has ")
  }

  @Test(arguments: ["state.safetensors", "manifest.json", "SHA256SUMS"])
  func aMissingFileIsFound(name: String) throws {
    try twoCheckpoints()
    try Path.remove(directory.at("step-2/\(name)"))
    try expectTheOneBefore("it is damaged: \(name) is missing")
  }

  @Test func aPipeInTheFilesPlaceIsNotWaitedFor() throws {
    try twoCheckpoints()
    try Path.remove(directory.at("step-2/state.safetensors"))
    #expect(mkfifo(directory.at("step-2/state.safetensors"), 0o600) == 0)
    try expectTheOneBefore("not a regular file")
  }

  /// Changes the newest manifest as someone who knows the format would.
  private func rewriteManifest(_ edit: (String) -> String) throws {
    let text = edit(try directory.read("step-2/manifest.json"))
    try directory.write("step-2/manifest.json", text)
    let numbers = try StreamingHash.of(file: directory.at("step-2/state.safetensors"))
    try directory.write(
      "step-2/SHA256SUMS",
      "\(StreamingHash.sha256(of: text))  manifest.json\n\(numbers)  state.safetensors\n")
  }

  @Test func aManifestOfAnotherVersionIsPassedOver() throws {
    try twoCheckpoints()
    try rewriteManifest { $0.replacing("training-state/1", with: "training-state/2") }
    try expectTheOneBefore(
      "it is of the format \"flow.training-state/2\", this program reads \"flow.training-state/1\"")
  }

  /// A manifest with right hashes that asks for a terabyte is refused before anything is read.
  @Test func aManifestOfAnotherSizeIsPassedOver() throws {
    try twoCheckpoints()
    try rewriteManifest { text in
      text.replacing(/"bytes": \d+/, with: "\"bytes\": 1099511627776")
    }
    try expectTheOneBefore("it holds 1099511627776 bytes of numbers, this model has ")
  }

  @Test func whenAllAreDamagedThereIsNothingToResume() throws {
    try twoCheckpoints()
    try change("state.safetensors") { $0[9] ^= 1 }
    try Path.remove(directory.at("step-1/SHA256SUMS"))
    let result = try restored()
    #expect(result.facts == nil)
    #expect(result.reasons.count == 2)
  }

  @Test func aDamagedCheckpointGoesWhenItsSuccessorStands() throws {
    try twoCheckpoints()
    try change("state.safetensors") { $0[$0.count - 3] ^= 1 }
    let (model, optimizer) = newRun()
    let state = state
    _ = try state.restore(optimizer) { _ in }
    try train(model, optimizer, to: 2)
    try state.save(optimizer, facts: 2)
    #expect(try Path.list(directory.path) == ["lock", "step-1", "step-2-2"])
    #expect(try state.restore(optimizer) { Issue.record("\($0)") } == 2)
  }

  @Test func sha256sumChecksACheckpoint() throws {
    try twoCheckpoints()
    func check() throws -> Int {
      try RunningCommand("sha256sum", ["-c", "SHA256SUMS"], in: directory.at("step-2")).wait()
        .status
    }
    #expect(try check() == 0)
    try change("manifest.json") { $0[5] ^= 1 }
    #expect(try check() == 1)
  }

  // MARK: Other runs, other processes

  @Test func checkpointOfAnotherRunIsPassedOver() throws {
    let (_, optimizer) = newRun()
    try state.save(optimizer, facts: .null)
    var reasons: [String] = []
    let other = TrainingState(directory: directory.path, identity: "two")
    #expect(try other.restore(optimizer) { reasons.append($0) } == nil)
    #expect(reasons.count == 1)
  }

  @Test func checkpointsOfAnotherRunAreLetBe() throws {
    let (model, optimizer) = newRun()
    let other = TrainingState(directory: directory.path, identity: "two")
    try train(model, optimizer, to: 9)
    try other.save(optimizer, facts: .null)
    optimizer.steps = 0
    _ = consume other
    for step in [1, 2, 3, 9] {
      try train(model, optimizer, to: step)
      try state.save(optimizer, facts: .null)
    }
    #expect(try Path.list(directory.path) == ["lock", "step-3", "step-9", "step-9-2"])
  }

  @Test func anotherModelsTensorsArePassedOver() throws {
    try twoCheckpoints()
    let larger = try BertConfiguration(
      hiddenSize: 12, layers: 2, heads: 2, intermediateSize: 20, vocabularySize: 18, states: 3,
      maximumLength: 16)
    let model = MaskedLanguageModel(larger, device: CPU(threads: 1), seed: 5)
    var reasons: [String] = []
    #expect(try state.restore(AdamW(model.parameters)) { reasons.append($0) } == nil)
    #expect(reasons.allSatisfy { $0.contains("the tensors of another model") })
  }

  @Test func aDirectoryInUseIsRefusedAndItsUserNamed() throws {
    let lock = try DirectoryLock(directory.path)
    do throws(FileError) {
      _ = try DirectoryLock(directory.path, patience: 40)
      Issue.record("two have the lock")
    } catch {
      #expect(error.description.contains("process \(getpid()) on "), "\(error)")
      #expect(error.description.contains("two trainings cannot share a scratch directory"))
    }
    _ = consume lock
    _ = try DirectoryLock(directory.path, patience: 0)
  }

  // MARK: What is kept

  @Test func twoCheckpointsAreKept() throws {
    let (model, optimizer) = newRun()
    for step in 1...4 {
      try train(model, optimizer, to: step)
      try state.save(optimizer, facts: .null)
    }
    #expect(try Path.list(directory.path) == ["lock", "step-3", "step-4"])
  }

  /// Higher numbers that cannot be read, or are another's, are no reason to remove the newest.
  @Test func theCheckpointJustWrittenIsNeverRemoved() throws {
    let (model, optimizer) = newRun()
    let earlier = state
    for step in [1, 8, 9] {
      try train(model, optimizer, to: step)
      try earlier.save(optimizer, facts: .integer(step))
    }
    _ = consume earlier
    for step in [8, 9] {
      let numbers = directory.at("step-\(step)/state.safetensors")
      try Path.remove(numbers)
      // The system's error is ELOOP: as with a failing disk, nobody can say that the checkpoint is damaged.
      #expect(symlink(numbers, numbers) == 0)
    }
    optimizer.steps = 0
    let state = state
    var reasons: [String] = []
    #expect(try state.restore(optimizer) { reasons.append($0) } == nil)
    #expect(reasons.count == 2)
    for step in 2...4 {
      try train(model, optimizer, to: step)
      try state.save(optimizer, facts: .integer(step))
      #expect(try Path.list(directory.path).contains("step-\(step)"))
    }
    #expect(try Path.list(directory.path) == ["lock", "step-3", "step-4", "step-8", "step-9"])
  }

  @Test func aCheckpointThatLacksWhatItNeedsIsPassedOver() throws {
    try twoCheckpoints()
    let (model, optimizer) = newRun()
    let state = state
    var reasons: [String] = []
    let facts = try state.restore(
      optimizer, lacks: { $0 == 2 ? "its friend is gone" : nil }, passedOver: { reasons.append($0) }
    )
    #expect(facts == 1)
    #expect(reasons == ["checkpoint step-2 is passed over: its friend is gone"])
    try train(model, optimizer, to: 2)
    try state.save(optimizer, facts: 2)
    #expect(try Path.list(directory.path) == ["lock", "step-1", "step-2-2"])
  }

  @Test func whatAKilledProcessLeftIsClearedAway() throws {
    try twoCheckpoints()
    try directory.write("partial/state.safetensors", "half")
    try directory.write("discarded/manifest.json", "half")
    #expect(try restored().steps == 2)
    #expect(try Path.list(directory.path) == ["lock", "step-1", "step-2"])
  }

  @Test func withoutADirectoryThereIsNothingToResume() throws {
    let (_, optimizer) = newRun()
    let nowhere = TrainingState(directory: "\(directory.path)/none", identity: "one")
    #expect(try nowhere.restore(optimizer) { Issue.record("\($0)") } == nil)
  }

  // MARK: Disks that refuse

  /// A checkpoint that cannot be removed is no reason to say that the new one does not stand.
  @Test(.enabled(if: SmallDisk.canBeMade, "needs the right to mount"))
  func anOldCheckpointThatStaysIsToldApart() throws {
    try twoCheckpoints()
    let old = directory.at("step-1")
    // What is mounted cannot be renamed.
    try #require(mount(old, old, nil, UInt(MS_BIND), nil) == 0)
    defer { umount(old) }
    let (model, optimizer) = newRun()
    try train(model, optimizer, to: 3)
    let error = try #require(try state.save(optimizer, facts: 3))
    #expect(error.code == EBUSY, "\(error)")
    #expect(try restored().steps == 3)
  }

  @Test(.enabled(if: SmallDisk.canBeMade, "needs the right to mount a small disk"))
  func aFullDiskLeavesTheCheckpointsBefore() throws {
    let (model, optimizer) = newRun()
    try state.save(optimizer, facts: .null)
    // Room for one checkpoint and the numbers of half another.
    let size = try Path.size(directory.at("step-0/state.safetensors"))
    try #require(mount("none", directory.path, "tmpfs", 0, "size=\(size * 3 / 2 + 16_384)") == 0)
    defer { umount(directory.path) }
    let state = TrainingState(directory: directory.at("checkpoints"), identity: "one")
    try train(model, optimizer, to: 1)
    try state.save(optimizer, facts: 1)
    try train(model, optimizer, to: 2)
    do throws(FileError) {
      try state.save(optimizer, facts: 2)
      Issue.record("the disk was not full")
    } catch {
      #expect(error.code == ENOSPC, "\(error)")
    }
    #expect(try Path.list(directory.at("checkpoints")) == ["lock", "step-1"])
    #expect(try state.restore(optimizer) { Issue.record("\($0)") } == 1)
  }

  @Test(.enabled(if: SmallDisk.canBeMade, "needs the right to mount a small disk"))
  func aReadOnlyScratchIsRefusedAtTheStart() throws {
    try #require(mount("none", directory.path, "tmpfs", UInt(MS_RDONLY), "size=128k") == 0)
    defer { umount(directory.path) }
    let (_, optimizer) = newRun()
    let state = TrainingState(directory: directory.at("checkpoints"), identity: "one")
    #expect {
      try state.restore(optimizer) { Issue.record("\($0)") }
    } throws: {
      ($0 as? FileError)?.code == EROFS
    }
  }
}
