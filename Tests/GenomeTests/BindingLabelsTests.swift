import CounterRandom
import Testing

@testable import Genome

@Suite struct BindingLabelsTests {
  static let bin = Interval(1000, 1200)

  @Test(arguments: [
    // Half of the bin, to the base.
    ([(1100, 2000)], [(1100, 2000)], BindingLabel.bound),
    ([(1101, 2000)], [(1101, 2000)], .ambiguous),
    // Half of a short peak, to the base.
    ([(1180, 1220)], [(1180, 1220)], .bound),
    ([(1181, 1221)], [(1181, 1221)], .ambiguous),
    // A peak inside the bin is covered whole.
    ([(1050, 1051)], [(1050, 1051)], .bound),
    // Relaxed only; touching ends share no base.
    ([], [(1199, 5000)], .ambiguous),
    ([], [(1200, 5000)], .unbound),
    ([], [(500, 1000)], .unbound),
    ([], [(500, 1001)], .ambiguous),
    // Conservative without relaxed: the two disagree.
    ([(1000, 1200)], [], .ambiguous),
    ([], [], .unbound),
    // Two peaks of 60 bases cover half only when merged: touching ones are, separate ones are not.
    ([(900, 1060), (1060, 1120)], [(1000, 1200)], .bound),
    ([(800, 1060), (1140, 1500)], [(1000, 1200)], .ambiguous),
  ])
  func theChallengesRule(
    conservative: [(Int, Int)], relaxed: [(Int, Int)], expected: BindingLabel
  ) {
    let labels = BindingLabels(
      conservative: conservative.map { Interval($0.0, $0.1) },
      relaxed: relaxed.map { Interval($0.0, $0.1) })
    #expect(labels.label(Self.bin) == expected)
  }

  /// The rule spelled out on single bases: peaks painted, runs of painted bases found by walking.
  @Test func labelsEqualACountOfBases() {
    var generator = RandomSequence(5)
    for _ in 0..<40 {
      func peaks() -> [Interval] {
        (0..<Int.random(in: 0...12, using: &generator)).map { _ in
          let start = Int.random(in: 0..<1900, using: &generator)
          return Interval(start, start + Int.random(in: 1...300, using: &generator))
        }
      }
      let (conservative, relaxed) = (peaks(), peaks())
      let labels = BindingLabels(conservative: conservative, relaxed: relaxed)
      let (hard, soft) = (Self.painted(conservative), Self.painted(relaxed))
      for start in stride(from: 0, through: 1800, by: 50) {
        let bin = start..<start + 200
        var hit = false
        for place in bin where hard[place] {
          var low = place
          var high = place
          while low > 0 && hard[low - 1] { low -= 1 }
          while high + 1 < hard.count && hard[high + 1] { high += 1 }
          let shared = bin.filter { $0 >= low && $0 <= high }.count
          hit = hit || Double(shared) / 200 >= 0.5 || Double(shared) / Double(high - low + 1) >= 0.5
        }
        let near = bin.contains { soft[$0] }
        let expected: BindingLabel = hit && near ? .bound : hit || near ? .ambiguous : .unbound
        #expect(labels.label(Interval(start, start + 200)) == expected)
      }
    }
  }

  /// Painted bases. Book-ended peaks run together, as they do in `bedtools merge`.
  static func painted(_ peaks: [Interval]) -> [Bool] {
    var bases = [Bool](repeating: false, count: 2300)
    for peak in peaks { for place in peak.start..<peak.end { bases[place] = true } }
    return bases
  }

  /// 60,519,747 bins in all; 8,843,011 on the chromosomes of the leaderboard, a number that participants
  /// wrote into their programs.
  @Test func theChallengesRegionsHoldTheKnownNumberOfBins() throws {
    var bins = 0
    var leaderboard = 0
    try BED.read(fixture("encode_dream_test_regions.blacklistfiltered.merged.bed")) { row in
      let count = Bins.dream.count(in: row.interval)
      bins += count
      if ["chr1", "chr8", "chr21"].contains(row.chromosome) { leaderboard += count }
    }
    #expect(bins == 60_519_747)
    #expect(leaderboard == 8_843_011)
  }

  @Test func binsLieWhollyInTheirInterval() {
    #expect(Bins.dream.count(in: Interval(0, 199)) == 0)
    #expect(Bins.dream.count(in: Interval(600, 800)) == 1)
    #expect(Bins.dream.count(in: Interval(600, 899)) == 2)
    #expect(Bins.dream.bin(1, in: Interval(600, 899)) == Interval(650, 850))
  }
}

func fixture(_ name: String, _ file: String = #filePath) -> String {
  let tests = file.split(separator: "/").dropLast(2).joined(separator: "/")
  return "/\(tests)/Fixtures/genome/\(name)"
}
