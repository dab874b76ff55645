import Glibc

/// Names of runs: the time they began, and four digits so that two in one second differ.
enum RunID {
  /// For instance `20260131-142501-3f9a` (UTC).
  static func make(at time: Double) -> String {
    var seconds = time_t(time)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let date = "\(parts.tm_year + 1900)\(two(parts.tm_mon + 1))\(two(parts.tm_mday))"
    let clock = "\(two(parts.tm_hour))\(two(parts.tm_min))\(two(parts.tm_sec))"
    let digits = String(UInt16.random(in: 0 ... .max), radix: 16)
    return "\(date)-\(clock)-\(String(repeating: "0", count: 4 - digits.count))\(digits)"
  }
}
