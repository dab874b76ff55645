import Files
import FlowTesting
import Glibc
import Testing

/// SIGTERM to a training: it saves, ends, and goes on to the same bits.
@Suite struct StopTests {
  private let work: TemporaryDirectory

  /// A corpus by the built command.
  init() throws {
    work = try TemporaryDirectory()
    let period = Array("ACGTTCAGGATC")
    try work.write("genome.fa", ">one\n\(String((0..<9000).map { period[$0 * $0 % 12] }))\n")
    let result = try Built.flow(
      [
        "step", "run", "tokenize/corpus", "--input", "sequence=genome.fa", "--param", "k=3",
        "--param", "validation=one:8001-9000", "--output-dir", ".",
      ], in: work.path)
    #expect(result.status == 0, "\(result.errors)")
  }

  /// Long enough to be stopped within; no checkpoint but the one of the stop.
  private static let parameters = [
    "layers": "1", "hidden_size": "16", "heads": "2", "length": "48", "batch_size": "16",
    "micro_batch": "4", "steps": "150", "warmup_steps": "10", "validation_every": "50",
    "validation_windows": "32", "checkpoint_every": "0",
  ]

  private func step(into directory: String) -> [String] {
    ["step", "run", "pretrain/ebert", "--input", "corpus=corpus", "--output-dir", directory]
      + Self.parameters.sorted { $0.key < $1.key }.flatMap { ["--param", "\($0.key)=\($0.value)"] }
  }

  private func hash(_ results: String) throws -> String {
    try StreamingHash.of(file: work.at("\(results)/model/model.safetensors"))
  }

  /// How many bytes of curves a training in `directory` has written.
  private func curves(_ directory: String) -> Int {
    (try? Path.size(work.at("\(directory)/events/events.out.tfevents.0000000000.flow"))) ?? 0
  }

  @Test func aTrainingThatIsStoppedSavesAndGoesOn() throws {
    #expect(try Built.flow(step(into: "whole"), in: work.path).status == 0)
    let expected = try hash("whole")

    try stopAndGoOn(step(into: "step")) { curves("step/.flow-scratch") }
    #expect(try hash("step") == expected)

    try work.write(
      "workflow.yaml",
      """
      flow: 1
      name: stop
      inputs: {corpus: corpus}
      steps:
        pretrain: {use: pretrain/ebert, inputs: {corpus: $inputs.corpus}, with: {\(with)}}
      outputs: {model: $steps.pretrain.model}
      """)
    try stopAndGoOn(["run", "workflow.yaml"]) { scratchDirectories().map(curves).max() ?? 0 }
    #expect(try hash("results/stop") == expected)
  }

  private var with: String {
    Self.parameters.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
  }

  /// Stops the command when it has written some of its curves, and runs it again.
  private func stopAndGoOn(_ command: [String], curves: () -> Int) throws {
    let running = try Built.start(command, in: work.path)
    // For 20 s at most.
    for _ in 0..<2000 where curves() < 2000 { usleep(10_000) }
    running.kill(SIGTERM)
    let stopped = try running.wait()
    #expect(stopped.status == 130, "\(stopped.errors)")
    let resumed = try Built.flow(command, in: work.path)
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(resumed.errors.contains("going on from the checkpoint of step "), "\(resumed.errors)")
  }

  /// Those of the steps of runs, at `.flow/steps/ab/abcd…/scratch`.
  private func scratchDirectories() -> [String] {
    let steps = ".flow/steps"
    let groups = (try? Path.list(work.at(steps))) ?? []
    return groups.flatMap { group in
      let keys = (try? Path.list(work.at("\(steps)/\(group)"))) ?? []
      return keys.map { "\(steps)/\(group)/\($0)/scratch" }
    }
  }
}
