import Corpus
import Genome
import Testing

@Suite struct EpochOrderTests {
  @Test(arguments: [1, 2, 3, 4, 5, 64, 65, 1000, 4097])
  func aPermutationHasEachNumberOnce(count: Int) {
    let order = KeyedPermutation(count: count, key: 7)
    #expect(Set((0..<count).map { order[$0] }) == Set(0..<count))
  }

  @Test func aPermutationIsNamedByItsKeyAndLeavesLittleInPlace() {
    let orders = (0..<20).map { key in
      let order = KeyedPermutation(count: 1000, key: UInt64(key))
      return (0..<1000).map { order[$0] }
    }
    #expect(Set(orders).count == 20)
    // One number of a random permutation is in its place, and half are followed by a larger one, on average.
    let fixed = orders.reduce(0) { $0 + $1.enumerated().filter { $0 == $1 }.count }
    #expect(fixed < 60)
    let rises = orders.reduce(0) { $0 + zip($1, $1.dropFirst()).filter { $0 < $1 }.count }
    #expect(abs(rises - 10 * 999) < 300)
  }

  /// 10, 3 and 1 windows of 10 bases, the second and third region with bases left over, in two cell types;
  /// the region of 9 bases holds none.
  private let regions = [
    Region(chromosome: 0, start: 50, end: 150), Region(chromosome: 0, start: 200, end: 237),
    Region(chromosome: 1, start: 0, end: 9), Region(chromosome: 1, start: 20, end: 31),
  ]

  private func order(seed: UInt64 = 1) -> EpochOrder {
    EpochOrder(regions: regions, cellTypes: [2, 5], bases: 10, seed: seed)
  }

  private func epoch(_ number: Int, seed: UInt64 = 1) -> [WindowSampler.Window] {
    let order = order(seed: seed)
    return (0..<order.count).map { order.window(number * order.count + $0) }
  }

  @Test func anEpochHasEachWindowOfATilingOnceInEachCellType() {
    #expect(order().count == 28)
    for number in 0..<20 {
      for cell in [2, 5] {
        let windows = epoch(number).filter { $0.cellType == cell }
        #expect(windows.count == 14)
        var bases: Set<[Int]> = []
        for window in windows {
          #expect(
            regions.contains {
              $0.chromosome == window.chromosome && $0.start <= window.start
                && window.start + 10 <= $0.end
            })
          for base in window.start..<window.start + 10 { bases.insert([window.chromosome, base]) }
        }
        #expect(bases.count == 140, "no two windows share a base")
      }
    }
  }

  @Test func epochsDifferInOrderAndInWhatIsLeftOver() {
    #expect(epoch(0) != epoch(1) && epoch(0) != epoch(0, seed: 2))
    let starts = Set((0..<40).flatMap { epoch($0).map { [$0.chromosome, $0.start] } })
    // Shifts of 0 to 7 in the second region, 0 and 1 in the last, none in the first.
    #expect(starts.filter { $0[0] == 1 }.map { $0[1] }.sorted() == [20, 21])
    #expect(Set(starts.filter { $0[0] == 0 && $0[1] >= 200 }.map { $0[1] % 10 }) == Set(0...7))
    #expect(starts.filter { $0[0] == 0 && $0[1] < 200 }.allSatisfy { $0[1] % 10 == 0 })
  }

  @Test func aWindowIsAFunctionOfItsNumber() {
    let all = epoch(0) + epoch(1)
    let order = order()
    // Asked for backwards, as another process that begins in the middle would.
    #expect((0..<56).reversed().map { order.window($0) } == all.reversed())
  }
}
