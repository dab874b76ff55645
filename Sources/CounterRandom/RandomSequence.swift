import Glibc

/// Mixes 64 bits so that each input bit changes each output bit with probability one half: the
/// finalizer of SplitMix64 (Steele, Lea, Flood 2014, https://doi.org/10.1145/2714064.2660195).
@inlinable
public func mix(_ value: UInt64) -> UInt64 {
  var z = value &+ 0x9E37_79B9_7F4A_7C15
  z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
  return z ^ (z >> 31)
}

/// A random sequence named by numbers: the same names give the same sequence on every machine.
///
/// SplitMix64. Training draws windows, masks and dropout from sequences named (seed, step, index),
/// so that a run resumed at any step draws what the uninterrupted run would have drawn.
public struct RandomSequence: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// - Parameter names: what names the sequence, for instance a seed, a step and an index.
  public init(_ names: UInt64...) {
    var state: UInt64 = 0x6A09_E667_F3BC_C908
    for name in names { state = mix(state ^ mix(name)) }
    self.state = state
  }

  public mutating func next() -> UInt64 {
    state = state &+ 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number in 0 ..< 1 with 53 random bits.
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A whole number in 0 ..< bound, without bias beyond 2^-64 bound.
  public mutating func below(_ bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A draw from the standard normal distribution (Box and Muller, 1958).
  public mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * Double.pi * uniform())
  }
}
