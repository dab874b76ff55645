import FlowCore
import FlowReport

/// How many tasks have which status, as one bar: what is done on the left, what is to come on the right.
enum StatusBar {
  private static let order: [StepStatus] = [
    .done, .reused, .failed, .interrupted, .cancelled, .skipped, .running, .waiting,
  ]

  static func html(_ counts: [StepStatus: Int], isSmall: Bool = false) -> HTML {
    let total = counts.values.reduce(0, +)
    guard total > 0 else { return .empty }
    var bars = HTML.empty
    var x = 0.0
    for status in order {
      guard let count = counts[status], count > 0 else { continue }
      let width = 1000 * Double(count) / Double(total)
      bars +=
        "<rect class=\"\(status.rawValue)\" x=\"\(x)\" y=\"0\" width=\"\(width)\" height=\"10\"><title>\(Quantity.grouped(count)) \(status.rawValue)</title></rect>"
      x += width
    }
    let ended = total - (counts[.waiting] ?? 0) - (counts[.running] ?? 0)
    return """
      <svg class="\(isSmall ? "part" : "whole")" viewBox="0 0 1000 10" preserveAspectRatio="none" role="img" aria-label="\(ended) of \(total) over">\(bars)</svg>
      """
  }

  /// The same in words.
  static func legend(_ counts: [StepStatus: Int]) -> HTML {
    var line: HTML = "<p class=\"legend-line\">"
    for status in order {
      guard let count = counts[status], count > 0 else { continue }
      line +=
        "<span><i class=\"\(status.rawValue)\"></i><b>\(Quantity.grouped(count))</b> \(status.rawValue)</span>"
    }
    return line + "</p>\n"
  }
}
