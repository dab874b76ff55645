extension Int {
  /// The whole part of `value`; the nearest integer there is where it is too large, 0 for NaN.
  ///
  /// `Int(_:)` ends the process on such values, and a plugin may report any.
  public init(saturating value: Double) {
    if value.isNaN {
      self = 0
    } else if value >= 0x1p63 {
      self = .max
    } else if value < -0x1p63 {
      self = .min
    } else {
      self = Int(value)
    }
  }
}
