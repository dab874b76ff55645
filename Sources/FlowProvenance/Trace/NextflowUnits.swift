import Glibc

/// Figures as Nextflow writes them in its trace (https://docs.seqera.io/nextflow/reports#trace-file).
enum NextflowUnits {
  /// What is not known.
  static let missing = "-"

  /// `120ms`, `1.2s`, `1m 30s`, `2h 5s`, `1d`.
  static func duration(milliseconds: Int) -> String {
    let time = max(0, milliseconds)
    if time < 1000 { return "\(time)ms" }
    if time < 60_000 { return decimal(tenths: (time + 50) / 100) + "s" }
    let seconds = (time + 500) / 1000
    let parts = [
      (seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "m"),
      (seconds % 60, "s"),
    ]
    return parts.filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined(separator: " ")
  }

  /// `3.4 MB` of 1024 KB each; `0` for nothing.
  static func memory(bytes: Int) -> String {
    guard bytes > 0 else { return "0" }
    var value = Double(bytes)
    var unit = 0
    while value >= 1024, unit < units.count - 1 {
      value /= 1024
      unit += 1
    }
    return "\(decimal(tenths: Int(rint(value * 10)))) \(units[unit])"
  }

  private static let units = ["B", "KB", "MB", "GB", "TB", "PB", "EB"]

  /// `98.5%`: 100 is one core all the time.
  static func percent(_ value: Double) -> String {
    let tenths = Int(rint(value * 10))
    return "\(tenths / 10).\(tenths % 10)%"
  }

  /// One digit after the point, and none where it is 0.
  private static func decimal(tenths: Int) -> String {
    tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
  }
}
