import Files

/// Amounts as people write them: "4 GB", "90s", "1h30m".
public enum Quantity {
  /// Bytes from "512 MB", "4GiB", "1000"; nil where it is no such text. MB is 10^6, MiB is 2^20.
  public static func bytes(_ text: String) -> Int? {
    let units: [(String, Int)] = [
      ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
      ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000), ("B", 1),
    ]
    let unit = units.first { text.hasSuffix($0.0) }
    let digits = text.dropLast(unit?.0.count ?? 0).filter { $0 != " " }
    guard let number = Double(digits), number > 0, number.isFinite else { return nil }
    return Int(exactly: (number * Double(unit?.1 ?? 1)).rounded())
  }

  /// The longest time that can be asked for: 10,000 days, in seconds.
  public static let longestTime = 10_000 * 86_400

  /// Seconds from "90", "90s", "15m", "2h", "1d", "1h30m"; nil where it is no such text, or a time of 0 or
  /// above `longestTime`.
  public static func seconds(_ text: String) -> Int? {
    var total = 0
    var digits = ""
    for character in text where character != " " {
      if character.isASCII, character.isNumber {
        digits.append(character)
        continue
      }
      let scale: Int
      switch character {
      case "s": scale = 1
      case "m": scale = 60
      case "h": scale = 3600
      case "d": scale = 86_400
      default: return nil
      }
      guard let number = Int(digits), number <= longestTime / scale else { return nil }
      total += number * scale
      guard total <= longestTime else { return nil }
      digits = ""
    }
    if !digits.isEmpty {
      // A bare number is seconds; "1h30" would be a guess.
      guard total == 0, let number = Int(digits) else { return nil }
      return (1...longestTime).contains(number) ? number : nil
    }
    return total > 0 ? total : nil
  }

  /// Bytes for people: "1.5 GB".
  public static func text(bytes: Int) -> String {
    var value = Double(bytes)
    for unit in ["B", "kB", "MB", "GB", "TB"] {
      if value < 999.5 || unit == "TB" {
        return unit == "B" ? "\(bytes) B" : "\(decimal(value, value < 10 ? 1 : 0)) \(unit)"
      }
      value /= 1000
    }
    return "\(bytes) B"
  }

  /// Seconds for people: "0.4 s", "12 s", "3 min 05 s", "2 h 10 min".
  public static func text(seconds: Double) -> String {
    if seconds < 9.95 { return "\(decimal(seconds, 1)) s" }
    guard seconds.isFinite else { return "\(seconds) s" }
    let whole = Int(saturating: seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    if whole < 3600 { return "\(whole / 60) min \(two(whole % 60)) s" }
    return "\(whole / 3600) h \(two(whole / 60 % 60)) min"
  }

  /// A count for people: "950", "12.3 k", "4.5 M".
  public static func text(count: Double) -> String {
    if count < 999.5 { return decimal(count, count < 9.95 && count != count.rounded() ? 1 : 0) }
    if count < 999_500 { return "\(decimal(count / 1e3, count < 99_500 ? 1 : 0)) k" }
    if count < 999_500_000 { return "\(decimal(count / 1e6, count < 99_500_000 ? 1 : 0)) M" }
    return "\(decimal(count / 1e9, 1)) G"
  }

  /// A number with so many decimals; in Swift's own form where it has too many digits for that.
  public static func decimal(_ value: Double, _ places: Int) -> String {
    guard value.isFinite, abs(value) < 1e15, (0...15).contains(places) else { return "\(value)" }
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    guard abs(value) * scale < 0x1p62 else { return "\(value)" }
    let scaled = Int(saturating: (abs(value) * scale).rounded())
    let sign = value < 0 && scaled != 0 ? "-" : ""
    if places == 0 { return "\(sign)\(scaled)" }
    let fraction = String(scaled % Int(scale))
    let zeros = String(repeating: "0", count: places - fraction.count)
    return "\(sign)\(scaled / Int(scale)).\(zeros)\(fraction)"
  }
}
