import Files
import Glibc

/// Moments of the past as people write them.
public enum Moment {
  /// Seconds since 1970 from an age ("30d", "2h", "1h30m"), a day ("2026-01-31") or a local time
  /// ("2026-01-31 14:25", "2026-01-31 14:25:01"); nil where it is no such text.
  public static func past(_ text: String) -> Double? {
    if let age = Quantity.seconds(text) { return now() - Double(age) }
    let parts = text.split(separator: " ")
    guard let day = parts.first, parts.count <= 2 else { return nil }
    let date = numbers(day, separator: "-")
    let time = parts.count == 2 ? numbers(parts[1], separator: ":") : [0, 0, 0]
    guard let date, let time, date.count == 3, (2...3).contains(time.count),
      (1970...9999).contains(date[0]), (1...12).contains(date[1]), (1...31).contains(date[2]),
      (0..<24).contains(time[0]), (0..<60).contains(time[1]), (0..<61).contains(time.last ?? 0)
    else { return nil }
    var moment = tm()
    moment.tm_year = Int32(date[0] - 1900)
    moment.tm_mon = Int32(date[1] - 1)
    moment.tm_mday = Int32(date[2])
    moment.tm_hour = Int32(time[0])
    moment.tm_min = Int32(time[1])
    moment.tm_sec = Int32(time.count == 3 ? time[2] : 0)
    moment.tm_isdst = -1
    let seconds = mktime(&moment)
    // February 30 becomes March 2 without a word.
    return seconds == -1 || moment.tm_mday != Int32(date[2]) ? nil : Double(seconds)
  }

  private static func numbers(_ text: Substring, separator: Character) -> [Int]? {
    let parts = text.split(separator: separator, omittingEmptySubsequences: false)
    let numbers = parts.compactMap { part in
      part.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(part) : nil
    }
    return numbers.count == parts.count ? numbers : nil
  }
}
