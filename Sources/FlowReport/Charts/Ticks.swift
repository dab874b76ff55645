import Files
import FlowCore
import Glibc

/// The marks of an axis: round numbers, few enough to read.
struct Ticks: Equatable {
  struct Tick: Equatable {
    var value: Double
    var label: String
  }

  /// Beyond these doubles overflow, or lose their digits, in the steps between ticks.
  static let largest = 1e307
  static let smallest = 1e-300

  private static func bounded(_ value: Double) -> Double { min(max(value, -largest), largest) }

  /// The ends of the axis.
  var range: ClosedRange<Double>
  var ticks: [Tick]

  /// Ticks at multiples of 1, 2 or 5 times a power of ten.
  ///
  /// The step is the smallest of these that needs at most `count` intervals (P. Heckbert, "Nice numbers for
  /// graph labels", Graphics Gems, 1990).
  ///
  /// - Parameters:
  ///   - low, high: the ends of the data; finite, taken as ±`largest` beyond that. Equal ends are given room on
  ///     both sides.
  ///   - isTight: whether the axis ends with the data; otherwise it is widened to the next ticks.
  static func linear(from low: Double, to high: Double, count: Int = 5, isTight: Bool = false)
    -> Ticks
  {
    guard low.isFinite, high.isFinite else { return Ticks(range: 0...1, ticks: []) }
    var (low, high) = (bounded(min(low, high)), bounded(max(low, high)))
    // A flat line still needs an axis; and doubles that nearly agree cannot be told apart on it.
    let magnitude = max(abs(low), abs(high))
    if high - low <= max(magnitude * 1e-12, smallest) {
      let room = magnitude <= smallest ? 1 : magnitude * 0.1
      (low, high) = (low - room, high + room)
    }
    let step = niceStep((high - low) / Double(max(1, count)))
    // Rounding must not lose a tick that lies on the end: 0.3 / 0.1 is below 3.
    let slack = step * 1e-9
    let first =
      isTight ? ((low - slack) / step).rounded(.up) : ((low + slack) / step).rounded(.down)
    let last =
      isTight ? ((high + slack) / step).rounded(.down) : ((high - slack) / step).rounded(.up)
    let places = -Int(saturating: floor(log10(step) + 1e-9))
    let values = stride(from: first, through: last, by: 1).map { $0 * step }
    let largest = values.map(abs).max() ?? 0
    let ticks = values.map { Tick(value: $0, label: label($0, places: places, largest: largest)) }
    guard !isTight, let begin = ticks.first?.value, let end = ticks.last?.value else {
      return Ticks(range: low...high, ticks: ticks)
    }
    return Ticks(range: begin...end, ticks: ticks)
  }

  /// Ticks at powers of ten, with 2 and 5 times these where the range is short.
  ///
  /// - Parameters:
  ///   - low, high: the ends of the data; positive.
  static func logarithmic(from low: Double, to high: Double) -> Ticks {
    let (low, high) = (max(low, smallest), max(min(high, largest), smallest))
    let first = Int(saturating: floor(log10(low) + 1e-9))
    let last = max(first + 1, Int(saturating: ceil(log10(high) - 1e-9)))
    let decades = last - first
    let every = max(1, (decades + 7) / 8)
    var ticks: [Tick] = []
    for exponent in first...last where (exponent - first) % every == 0 {
      for digit in decades <= 3 ? [1.0, 2, 5] : [1.0] {
        let value = digit * pow(10, Double(exponent))
        guard exponent < last || digit == 1 else { continue }
        ticks.append(Tick(value: value, label: powerLabel(digit, exponent)))
      }
    }
    return Ticks(range: pow(10, Double(first))...pow(10, Double(last)), ticks: ticks)
  }

  /// Ticks of a time axis that begins at 0: seconds, minutes, hours and days at their own round numbers.
  ///
  /// - Parameter end: the length of the axis in seconds.
  static func duration(to end: Double, count: Int = 8) -> Ticks {
    let end = end.isFinite && end > 1e-9 ? end : 1
    if end < 8 {
      let ticks = linear(from: 0, to: end, count: count, isTight: true)
      return Ticks(
        range: 0...end, ticks: ticks.ticks.map { Tick(value: $0.value, label: "\($0.label) s") })
    }
    let steps: [Double] = [
      1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400,
    ]
    let wanted = end / Double(count)
    let step =
      steps.first { $0 >= wanted } ?? 86400 * max(1, niceStep(wanted / 86400).rounded(.up))
    let ticks = stride(from: 0, through: end, by: step).map {
      Tick(value: $0, label: clock($0, step: step))
    }
    return Ticks(range: 0...end, ticks: ticks)
  }

  /// The smallest of 1, 2, 5, 10 times a power of ten that is at least `wanted`.
  private static func niceStep(_ wanted: Double) -> Double {
    let power = pow(10, floor(log10(wanted)))
    let digit = wanted / power
    let nice: Double = digit <= 1 + 1e-9 ? 1 : digit <= 2 + 1e-9 ? 2 : digit <= 5 + 1e-9 ? 5 : 10
    return nice * power
  }

  /// - Parameter places: where the step's first digit stands: 2 for 0.01, -3 for 1000.
  private static func label(_ value: Double, places: Int, largest: Double) -> String {
    if value == 0 || abs(value) < largest * 1e-9 { return "0" }
    if largest >= 1e6 && largest < 1e15 && places <= 0 {
      return Quantity.text(count: abs(value)).withSign(of: value)
    }
    if largest < 1e15 && places <= 6 { return Quantity.decimal(value, max(0, places)) }
    let exponent = Int(saturating: floor(log10(abs(value)) + 1e-9))
    let digits = value / pow(10, Double(exponent))
    // "\(1e-7)" would do, but 3 * 1e-7 is 3.0000000000000004e-07 there.
    let mantissa = Quantity.decimal(digits, max(0, min(6, places + exponent)))
    return "\(mantissa)e\(exponent)"
  }

  private static func powerLabel(_ digit: Double, _ exponent: Int) -> String {
    if (0...3).contains(exponent) { return plain(digit * pow(10, Double(exponent))) }
    if (-3..<0).contains(exponent) {
      return Quantity.decimal(digit * pow(10, Double(exponent)), -exponent)
    }
    return "\(plain(digit))e\(exponent)"
  }

  private static func clock(_ seconds: Double, step: Double) -> String {
    let whole = Int(saturating: seconds.rounded())
    if whole == 0 { return "0" }
    if step >= 86400 { return "\(whole / 86400) d" }
    if step >= 3600 { return "\(whole / 3600) h" }
    if step >= 60 && whole < 3600 { return "\(whole / 60) min" }
    if step >= 60 { return "\(whole / 3600) h \(whole / 60 % 60) min" }
    if whole < 60 { return "\(whole) s" }
    let rest = whole % 60
    return "\(whole / 60):\(rest < 10 ? "0" : "")\(rest) min"
  }
}

extension String {
  fileprivate func withSign(of value: Double) -> String { value < 0 ? "-\(self)" : self }
}
