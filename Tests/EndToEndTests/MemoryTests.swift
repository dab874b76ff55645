import Files
import FlowTesting
import Testing

/// What a training says of its memory beforehand, against what its process took.
@Suite struct MemoryTests {
  @Test func theForecastIsWithinATenthOfThePeak() throws {
    let work = try TemporaryDirectory()
    let period = Array("ACGTTCAGGATC")
    try work.write("genome.fa", ">one\n\(String((0..<4000).map { period[$0 * $0 % 12] }))\n")
    let corpus = try Built.flow(
      [
        "step", "run", "tokenize/corpus", "--input", "sequence=genome.fa", "--param", "k=8",
        "--output-dir", ".",
      ], in: work.path)
    #expect(corpus.status == 0, "\(corpus.errors)")
    // 65,541 tokens: most of the memory are parameters, so that little is computed.
    let parameters = [
      "hidden_size=128", "layers=1", "heads=2", "length=200", "batch_size=2", "steps=2",
      "warmup_steps=0", "checkpoint_every=1",
    ]
    let result = try Built.flow(
      ["step", "run", "pretrain/ebert", "--input", "corpus=corpus", "--output-dir", "out"]
        + parameters.flatMap { ["--param", $0] }, in: work.path)
    #expect(result.status == 0, "\(result.errors)")
    let line = try #require(
      result.errors.split(separator: "\n").first { $0.contains("memory: at most") })
    let sizes = line.split(separator: " ").compactMap { Double($0) }
    #expect(line.contains("\(Int(sizes[0])) MB") && sizes.count == 2, "\(line)")
    #expect(abs(sizes[1] - sizes[0]) < 0.1 * sizes[0], "\(line)")
  }
}
