// Amounts as they occur where thousands of short tasks run.
extension Quantity {
  /// Seconds for people, below a tenth in milliseconds: "12 ms", "0.4 s", "3 min 05 s".
  public static func span(_ seconds: Double) -> String {
    guard seconds < 0.0995 else { return text(seconds: seconds) }
    return "\(max(0, Int((seconds * 1000).rounded()))) ms"
  }

  /// A count with its thousands apart: "12,000".
  public static func grouped(_ count: Int) -> String {
    let digits = Array(String(count.magnitude))
    var text = count < 0 ? "-" : ""
    for (position, digit) in digits.enumerated() {
      if position > 0, (digits.count - position).isMultiple(of: 3) { text.append(",") }
      text.append(digit)
    }
    return text
  }
}
