import Files
import FlowPlugin
import Glibc
import Testing

@testable import Finetune

@Suite("finetune/compare")
struct CompareTests {
  /// Metrics of a prediction over 2,000 bins in 100 blocks; `skill` is how much higher bound bins score.
  private func metrics(skill: Double, seed: Int = 1) throws -> JSON {
    var bins = ScoredBins()
    for index in 0..<2000 {
      let isBound = index % 25 == 0
      let noise = Double((index * 7919) % 2003) / 2003
      bins.append(
        score: noise + (isBound ? skill : 0), label: isBound ? .bound : .unbound,
        block: Int32(index / 20))
    }
    bins.blocks = 100
    bins.blocksAreGenomic = true
    return try Evaluation(
      &bins, bootstrap: Bootstrap(replicates: 100, seed: seed), blockSize: 1000, path: "rows.tsv"
    ).json
  }

  private func row(_ name: String, _ metrics: JSON) throws -> ComparisonRow {
    let path = "/tmp/flow-compare-\(getpid())-\(UInt64.random(in: 0 ... .max)).json"
    try WholeFile.write(metrics.prettyText, to: path)
    defer { unlink(path) }
    return try ComparisonRow(name: name, path: path)
  }

  @Test("a row carries over what evaluate wrote")
  func carriesOver() throws {
    let metrics = try metrics(skill: 0.5)
    let row = try row("one", metrics)
    #expect(row.auPRC == metrics["auPRC"]?.number)
    #expect(row.bins == 2000)
    #expect(row.positives == 80)
    #expect(row.replicates.count == 100)
  }

  @Test("the gain of a better prediction of the same bins is told with an interval above 0")
  func gain() throws {
    let weak = try row("weak", metrics(skill: 0.2))
    let strong = try row("strong", metrics(skill: 0.6))
    let gain = try #require(strong.gain(over: weak))
    #expect(gain.lowerBound > 0)
    #expect(gain.contains(strong.auPRC - weak.auPRC))
  }

  @Test("there is no paired interval for draws of another seed")
  func unpaired() throws {
    let one = try row("one", metrics(skill: 0.2))
    let other = try row("other", metrics(skill: 0.6, seed: 2))
    #expect(other.gain(over: one) == nil)
  }

  @Test("a name cannot break the table")
  func hostileName() throws {
    let lines = try Comparison.tsv([row("a\tb\nc", metrics(skill: 0.2))]).split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines[1].split(separator: "\t", omittingEmptySubsequences: false).count == 13)
    #expect(lines[1].hasPrefix("a b c\t"))
  }

  @Test("a file that is no evaluation is refused by its path")
  func notMetrics() throws {
    do {
      _ = try row("one", ["auROC": 0.5])
      Issue.record("it was taken")
    } catch let failure as StepFailure {
      #expect(failure.kind == .invalid)
      #expect(failure.message.contains("/tmp/flow-compare-"))
    }
  }
}
