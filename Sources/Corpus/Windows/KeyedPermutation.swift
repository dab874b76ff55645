import CounterRandom

/// The numbers 0 ..< count in a pseudo-random order that is computed place by place and stored nowhere.
///
/// A balanced Feistel network of four rounds (Luby and Rackoff 1988, https://doi.org/10.1137/0217022) over the
/// smallest even number of bits that holds `count`, walked on until it hits a number below `count` (Black
/// and Rogaway 2002, https://doi.org/10.1007/3-540-45760-7_9): fewer than four steps on average. For shuffling;
/// it keeps no secrets.
public struct KeyedPermutation: Sendable {
  /// How many numbers there are.
  public let count: Int
  private let half: UInt64
  private let mask: UInt64
  private let keys: (UInt64, UInt64, UInt64, UInt64)

  /// - Parameters:
  ///   - count: at least 1, at most 2^62.
  ///   - key: names the order.
  public init(count: Int, key: UInt64) {
    precondition((1...1 << 62).contains(count), "an order of 1 to 2^62 numbers")
    self.count = count
    let bits = max(2, 64 - UInt64(count - 1).leadingZeroBitCount)
    half = UInt64((bits + 1) / 2)
    mask = 1 << half - 1
    keys = (mix(key ^ 1), mix(key ^ 2), mix(key ^ 3), mix(key ^ 4))
  }

  /// The number at a place of the order; each is at one place.
  ///
  /// - Precondition: `place` is in 0 ..< count.
  public subscript(place: Int) -> Int {
    precondition(place >= 0 && place < count, "a place of the order")
    var number = UInt64(place)
    repeat { number = encipher(number) } while number >= UInt64(count)
    return Int(number)
  }

  private func encipher(_ number: UInt64) -> UInt64 {
    var left = number >> half
    var right = number & mask
    left ^= mix(right ^ keys.0) & mask
    right ^= mix(left ^ keys.1) & mask
    left ^= mix(right ^ keys.2) & mask
    right ^= mix(left ^ keys.3) & mask
    return left << half | right
  }
}
