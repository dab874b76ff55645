import Glibc

/// Points in time as the report writes them.
package enum Moment {
  /// "2026-01-31 14:25:01 UTC": the same wherever the report is made.
  ///
  /// - Parameter time: seconds since 1970.
  package static func text(_ time: Double) -> String {
    guard time.isFinite, abs(time) < 1e12 else { return "" }
    var seconds = time_t(time.rounded(.down))
    var parts = tm()
    guard gmtime_r(&seconds, &parts) != nil else { return "" }
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let date = "\(Int(parts.tm_year) + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
    return "\(date) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) UTC"
  }
}
