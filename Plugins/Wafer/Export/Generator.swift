/// Random numbers as a function of (seed, stream, index): each sequence draws from a generator of its own,
/// so that neither order nor threads matter. The finalizer is SplitMix64's
/// (https://doi.org/10.1145/2714064.2660195).
struct Generator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  init(seed: Int, stream: Int, index: Int) {
    var key = Generator.mixed(UInt64(bitPattern: Int64(seed)))
    key = Generator.mixed(key ^ UInt64(bitPattern: Int64(stream)))
    state = Generator.mixed(key ^ UInt64(bitPattern: Int64(index)))
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Generator.mixed(state)
  }

  /// Uniform in 0..<1.
  mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  private static func mixed(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
