import Files
import FlowTesting
import Testing

@testable import Transformer

@Suite struct ModelCardTests {
  private let directory: TemporaryDirectory
  private let card = ModelCard(
    title: "A model", summary: "It guesses.",
    corpus: [ModelCard.Fact(name: "Cell types", text: "GM12878, K562")],
    parameters: ["steps": 12, "name": "x"],
    results: [ModelCard.Result(name: "loss", metric: "loss", data: "validation", value: 1.5)],
    tables: [ModelCard.Table(title: "Course", columns: ["step", "loss"], rows: [[1, 2.5]])],
    limits: ["It is small."])

  init() throws { directory = try TemporaryDirectory() }

  private func text(_ card: ModelCard, isOverlapping: Bool = true) throws -> String {
    let model = MaskedLanguageModel(try .small(), device: CPU(threads: 1), seed: 5)
    model.tokenization = Tokenization(
      k: 2, isOverlapping: isOverlapping, stateNames: ["none", "A", "B|<b>"])
    let path = "\(directory.path)/model"
    try Path.remove(path)
    try model.save(to: path, tokenizer: nil, card: card)
    return try Path.readText("\(path)/README.md")
  }

  @Test func theFrontMatterIsYAML() throws {
    let parts = try text(card).split(
      separator: "---\n", maxSplits: 2, omittingEmptySubsequences: false)
    #expect(parts.first == "")
    let lines = parts[1].split(separator: "\n")
    #expect(lines.contains("library_name: transformers"))
    #expect(lines.contains("pipeline_tag: fill-mask"))
    let index = try #require(lines.first { $0.hasPrefix("model-index: ") }).dropFirst(13)
    let json = try JSON(parsing: String(index))
    let metric = json.array?.first?["results"]?.array?.first?["metrics"]?.array?.first
    #expect(metric?["value"] == 1.5)
  }

  @Test func itTellsSizesDataParametersAndCourse() throws {
    let text = try text(card)
    for line in [
      "# A model", "It guesses.", "| hidden size | 12 |", "- Cell types: GM12878, K562",
      "- Tokens: overlapping 2-mers", "| 1 | A |", "| steps | 12 |", "| name | x |", "| 1 | 2.5 |",
      "- It is small.", "model = BertForMaskedLM.from_pretrained(\".\").eval()",
    ] {
      #expect(text.split(separator: "\n").contains { $0 == line }, "\(line)")
    }
  }

  @Test func itSaysHowToCutKmers() throws {
    #expect(try text(card).contains("sequence[i:i + 2]"))
    #expect(try text(card).contains("cannot cut overlapping k-mers"))
    let adjacent = try text(card, isOverlapping: false)
    #expect(adjacent.contains("inputs = tokenizer(sequence, return_tensors=\"pt\")"))
    #expect(!adjacent.contains("cannot cut overlapping k-mers"))
  }

  @Test func namesCannotBreakOutOfTheCard() throws {
    var card = card
    card.title = "x\n---\nlicense: mit"
    card.corpus[0].text = "a\n# b <script>"
    let text = try text(card)
    #expect(text.contains(#"| 2 | B\|\<b\> |"#))
    #expect(!text.contains("<script>"))
    #expect(!text.contains("\n# b"))
    // The line of dashes that begins and the one that ends the front matter.
    #expect(text.split(separator: "\n").filter { $0 == "---" }.count == 2)
  }

  @Test func equalModelsHaveEqualCards() throws {
    #expect(try text(card) == text(card))
  }
}
