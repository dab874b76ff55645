import FlowCore

/// Lines where there is no terminal: at most so many a second, the rest counted and told together.
struct PlainLog {
  /// What is counted where it is not told.
  enum Kind: Int, CaseIterable { case done, failed, skipped, started, messages }

  /// Lines that may be written at once after a silence.
  private static let burst = 60.0
  private static let linesPerSecond = 2.0

  private let isVerbose: Bool
  private var budget = burst
  private var refilled: Double
  private var bundled = [Int](repeating: 0, count: Kind.allCases.count)
  private var bundleTold: Double
  private let began: Double

  init(isVerbose: Bool, at moment: Double) {
    self.isVerbose = isVerbose
    refilled = moment
    bundleTold = moment
    began = moment
  }

  /// Whether a line of this kind may be written now; otherwise it is counted.
  mutating func admits(_ kind: Kind, at moment: Double) -> Bool {
    if isVerbose { return true }
    budget = min(Self.burst, budget + (moment - refilled) * Self.linesPerSecond)
    refilled = moment
    // In their order: nothing is told singly while others wait to be told together.
    if budget >= 1, bundled.allSatisfy({ $0 == 0 }) {
      budget -= 1
      return true
    }
    bundled[kind.rawValue] += 1
    return false
  }

  /// What was counted since the last time: "… 1,320 more done, 2 more failed"; nil where it is nothing, or where
  /// it was told a moment ago: once a second at first, in a long run each half minute.
  mutating func bundle(at moment: Double, isForced: Bool = false) -> String? {
    guard isForced || moment - bundleTold >= min(30, max(1, (moment - began) / 20)) else {
      return nil
    }
    bundleTold = moment
    let words = ["done", "failed", "skipped", "started", "said"]
    var parts: [String] = []
    for kind in Kind.allCases where bundled[kind.rawValue] > 0 {
      parts.append("\(Quantity.grouped(bundled[kind.rawValue])) more \(words[kind.rawValue])")
      bundled[kind.rawValue] = 0
    }
    return parts.isEmpty ? nil : "… \(parts.joined(separator: ", "))"
  }
}
