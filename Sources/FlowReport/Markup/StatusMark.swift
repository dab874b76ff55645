import FlowCore

extension StepStatus {
  /// A sign that tells the status without colour.
  var sign: String {
    switch self {
    case .done: "✓"
    case .reused: "↺"
    case .failed: "✕"
    case .cancelled: "■"
    case .skipped: "–"
    case .interrupted: "!"
    case .running: "▶"
    case .waiting: "…"
    }
  }

  /// The order in which a reader wants them: what went wrong first.
  static let byConcern: [StepStatus] = [
    .failed, .interrupted, .cancelled, .skipped, .running, .waiting, .done, .reused,
  ]

  var concern: Int { Self.byConcern.firstIndex(of: self) ?? 0 }

  /// Sign and word, coloured.
  var mark: HTML { "<span class=\"status \(rawValue)\">\(sign)&nbsp;\(rawValue)</span>" }
}

extension RunStatus {
  var mark: HTML { "<span class=\"status \(rawValue)\">\(rawValue)</span>" }
}
