import Testing

@testable import Collective

@Suite struct BucketedSumTests {
  /// Rank 0 of two whose other rank has the same numbers; remembers what it was asked for.
  private final class Twin: Collective {
    let rank = 0
    let count = 2
    let transport = "twin"
    let start: UnsafeMutablePointer<Float>
    var sent: [Range<Int>] = []
    var failsAt = Int.max

    init(_ start: UnsafeMutablePointer<Float>) { self.start = start }

    func startSum(_ values: UnsafeMutableBufferPointer<Float>) throws(CollectiveError) {
      guard sent.count < failsAt, let base = values.baseAddress else {
        throw CollectiveError("the cable was cut")
      }
      let first = base - start
      sent.append(first..<first + values.count)
      for place in values.indices { values[place] *= 2 }
    }
    func progress() {}
    func finishSums() {}
    func sum(_ values: inout [Double]) {}
    func broadcast(_ bytes: inout [UInt8]) {}
    func broadcast(_ values: UnsafeMutableBufferPointer<Float>) {}
    func barrier() {}
    func leave() {}
  }

  private func withTwin(_ body: (Twin, BucketedSum) throws -> Void) rethrows -> [Float] {
    let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: 100)
    defer { memory.deallocate() }
    for place in memory.indices { memory[place] = Float(place) }
    guard let base = memory.baseAddress else { return [] }
    let twin = Twin(base)
    // Ten numbers in a bucket.
    try body(twin, BucketedSum(memory, over: twin, bucket: 40))
    return Array(memory)
  }

  private let doubled = (0..<100).map { Float(2 * $0) }

  @Test func neighboursTravelTogetherOnceTheyFillABucket() throws {
    let sums = try withTwin { twin, sum in
      sum.completed(86..<90)
      sum.completed(82..<86)
      #expect(twin.sent.isEmpty)
      sum.completed(78..<82)
      #expect(twin.sent == [78..<90])
      sum.completed(60..<78)
      #expect(twin.sent == [78..<90, 60..<78])
      try sum.finish()
      #expect(twin.sent == [78..<90, 60..<78, 0..<60, 90..<100])
    }
    #expect(sums == doubled)
  }

  @Test func partsThatAreNoNeighboursTravelApart() throws {
    let sums = try withTwin { twin, sum in
      sum.completed(50..<55)
      sum.completed(20..<24)
      #expect(twin.sent == [50..<55])
      sum.completed(24..<30)
      #expect(twin.sent == [50..<55, 20..<30])
      try sum.finish()
    }
    #expect(sums == doubled)
  }

  @Test func nothingHandedOverIsSentAtTheEnd() throws {
    let sums = try withTwin { twin, sum in
      try sum.finish()
      #expect(twin.sent == [0..<100])
    }
    #expect(sums == doubled)
  }

  @Test func oneSumAfterTheOther() throws {
    let sums = try withTwin { twin, sum in
      sum.completed(90..<100)
      try sum.finish()
      try sum.finish()
      #expect(twin.sent == [90..<100, 0..<90, 0..<100])
    }
    #expect(sums == doubled.map { 2 * $0 })
  }

  @Test func afterAFailureNothingIsSentAndTheEndTellsIt() {
    _ = withTwin { twin, sum in
      twin.failsAt = 1
      sum.completed(90..<100)
      sum.completed(80..<90)
      sum.completed(70..<80)
      #expect(throws: CollectiveError.self) { try sum.finish() }
      #expect(twin.sent == [90..<100])
    }
  }
}
