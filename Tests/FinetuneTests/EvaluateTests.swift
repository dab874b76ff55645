import Files
import Glibc
import Testing

@testable import Finetune

/// The fixtures come from scikit-learn and R's PRROC on made-up labels and scores: rare and common positives,
/// ties, many zeros, and the corner cases of a perfect, a constant and a hopeless prediction.
@Suite("finetune/evaluate")
struct EvaluateTests {

  /// Every (table, expected metrics) in the fixtures, and in the folder that FLOW_GOLDEN_DREAM names.
  static let golden: [Golden] = {
    let more = getenv("FLOW_GOLDEN_DREAM").map { String(cString: $0) }
    return ([Path.parent(#filePath) + "/../Fixtures/dream"] + (more.map { [$0] } ?? []))
      .flatMap { folder -> [Golden] in
        let expected = try? JSON(parsing: Path.readText("\(folder)/expected.json"))
        return (expected?.object ?? [:]).sorted { $0.key < $1.key }.map {
          Golden(table: "\(folder)/\($0.key).tsv.gz", expected: $0.value)
        }
      }
  }()

  struct Golden: Sendable, CustomTestStringConvertible {
    var table: String
    var expected: JSON
    var testDescription: String { Path.name(table) }
  }

  @Test("the fixtures are there")
  func fixturesAreThere() { #expect(Self.golden.count >= 7) }

  @Test("gives scikit-learn's and PRROC's values", arguments: golden)
  func matchesGolden(_ golden: Golden) throws {
    var bins = try PredictionTable().read(golden.table)
    let metrics = try Evaluation(
      &bins, bootstrap: Bootstrap(replicates: 0, seed: 1), blockSize: 1, path: golden.table
    ).json
    let expected = try #require(golden.expected.object)
    for (name, value) in expected {
      let want = try #require(value.number)
      let got = try #require(metrics[name]?.number, "no \(name)")
      #expect(abs(got - want) < 1e-6, "\(name): \(got), not \(want)")
    }
  }
}
