import Files
import FlowTesting
import Testing
import Transformer

@testable import Pretrain

@Suite struct EbertCardTests {
  let small: SmallCorpus

  init() throws { small = try SmallCorpus() }

  private func card(_ name: String, _ changes: [String: JSON] = [:], threads: UInt32 = 1) throws
    -> String
  {
    let host = try small.host(name, changes)
    host.threads = threads
    try host.run("ebert", of: Pretrain.entry)
    return try Path.readText("\(host.output("model"))/README.md")
  }

  @Test func theCardTellsCorpusParametersAndLosses() throws {
    let lines = try card("run").split(separator: "\n").map(String.init)
    for line in [
      "- Cell types: one, two", "- Chromosomes, with their lengths in bases: chr1 (6000)",
      "- Training regions: 1, 5000 bases in all", "- Tokens: overlapping 3-mers",
      "| batch_size | 4 |", "| step | training | validation regions |",
    ] {
      #expect(lines.contains(line), "\(line)")
    }
    // The last step stands in the table of losses, with the validation loss of the same step.
    #expect(lines.contains { $0.hasPrefix("| 12 | ") && $0.split(separator: "|").count == 3 })
    #expect(lines.contains { $0.hasPrefix("model-index: ") && $0.contains("cross_entropy") })
  }

  @Test func equalRunsHaveEqualCards() throws {
    #expect(try card("1") == card("2", threads: 2))
  }

  @Test func whatTheModelWasNotTaughtIsALimit() throws {
    #expect(try card("without", ["use_states": false]).contains("all token_type_ids must be 0"))
    #expect(try card("told", ["state_mask_rate": 0.5]).contains("- State 3 is [MASK]"))
  }

  @Test func aModelOverOtherTokensIsRefused() throws {
    let run = try small.host("run")
    try run.run("ebert", of: Pretrain.entry)
    let vocabulary = "\(run.output("model"))/vocab.txt"
    var tokens = try Path.readText(vocabulary).split(separator: "\n")
    tokens.swapAt(5, 6)
    try WholeFile.write(tokens.map { $0 + "\n" }.joined(), to: vocabulary)
    let next = try small.host("next")
    next.inputs["model"] = [run.output("model")]
    let failure = next.failure("ebert", of: Pretrain.entry)
    #expect(failure?.status == .invalid)
    #expect(failure?.description.contains("token 5 is 'AAT' to the model and 'AAA'") == true)
  }
}
