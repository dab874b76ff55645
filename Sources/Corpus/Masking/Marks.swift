import CounterRandom

/// Places drawn without replacement, as bits: the inner loop of masking.
///
/// A set of bits, because it is also the sorted list of what was drawn: Floyd's method (Bentley and Floyd
/// 1987, https://doi.org/10.1145/30401.315746) asks for each draw whether a place is taken, and masking then
/// wants the places in order. With a hash set and a sort this took four times as long as filling the window.
struct Marks {
  private let words: UnsafeMutableBufferPointer<UInt64>

  /// How many words hold `places` bits.
  static func words(for places: Int) -> Int { (places + 63) / 64 }

  /// - Parameter words: at least `words(for:)` of all places that will be asked for; need not be cleared.
  init(_ words: UnsafeMutableBufferPointer<UInt64>) { self.words = words }

  /// Marks `chosen` of the places 0 ..< `places`; every choice is equally likely.
  func draw(_ chosen: Int, of places: Int, random: inout RandomSequence) {
    for word in 0..<Marks.words(for: places) { words[word] = 0 }
    for last in places - chosen..<places {
      let place = random.below(last + 1)
      let isTaken = words[place >> 6] >> UInt64(place & 63) & 1 == 1
      let mark = isTaken ? last : place
      words[mark >> 6] |= 1 << UInt64(mark & 63)
    }
  }

  /// Calls `body` with each marked place below `places`, rising, and its rank.
  @inline(__always)
  func forEach(below places: Int, _ body: (_ rank: Int, _ place: Int) -> Void) {
    var rank = 0
    for word in 0..<Marks.words(for: places) {
      var bits = words[word]
      while bits != 0 {
        body(rank, word << 6 + bits.trailingZeroBitCount)
        rank += 1
        bits &= bits &- 1
      }
    }
  }
}
