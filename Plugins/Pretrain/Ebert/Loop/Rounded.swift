/// Numbers for messages.
enum Rounded {
  /// With two decimals; "NaN" or "infinite" where it is no number.
  static func text(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    guard value.magnitude < 1e12 else { return value.isFinite ? "\(value)" : "infinite" }
    let count = Int((value.magnitude * 100).rounded())
    return "\(value < 0 ? "-" : "")\(count / 100).\(count % 100 < 10 ? "0" : "")\(count % 100)"
  }

  /// A share in per cent.
  static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
}
