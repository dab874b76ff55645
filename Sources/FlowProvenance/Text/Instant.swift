import Glibc

/// Points in time as the formats write them: always UTC, so that an export is the same wherever it is made.
enum Instant {
  /// `2026-01-31T14:25:01.250+00:00`, the profile of ISO 8601 that RO-Crate's validator, XML Schema's `dateTime` and
  /// JSON Schema's `date-time` all take.
  ///
  /// - Parameter time: seconds since 1970.
  static func iso8601(_ time: Double) -> String { text(time, between: "T") + "+00:00" }

  /// `2026-01-31 14:25:01.250`, as Nextflow's trace has it.
  static func trace(_ time: Double) -> String { text(time, between: " ") }

  private static func text(_ time: Double, between: String) -> String {
    // A clock that was wrong beyond all years that have four digits is shown at the nearest that has.
    let bounded = time.isFinite ? min(max(time, -62_135_596_800), 253_402_300_799) : 0
    let milliseconds = Int((bounded * 1000).rounded(.down))
    let (whole, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
    var seconds = time_t(rest < 0 ? whole - 1 : whole)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func digits(_ number: Int, _ width: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, width - text.count)) + text
    }
    let date =
      "\(digits(Int(parts.tm_year) + 1900, 4))-\(digits(Int(parts.tm_mon) + 1, 2))-\(digits(Int(parts.tm_mday), 2))"
    let clock =
      "\(digits(Int(parts.tm_hour), 2)):\(digits(Int(parts.tm_min), 2)):\(digits(Int(parts.tm_sec), 2))"
    return "\(date)\(between)\(clock).\(digits(rest < 0 ? rest + 1000 : rest, 3))"
  }
}
