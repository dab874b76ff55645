import FlowCore

extension StepStatus {
  /// A sign that tells the status without colour.
  package var sign: String {
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
  package static let byConcern: [StepStatus] = [
    .failed, .interrupted, .cancelled, .skipped, .running, .waiting, .done, .reused,
  ]

  package var concern: Int { Self.byConcern.firstIndex(of: self) ?? 0 }

  /// Sign and word, coloured.
  package var mark: HTML { "<span class=\"status \(rawValue)\">\(sign)&nbsp;\(rawValue)</span>" }
}

extension RunStatus {
  package var mark: HTML { "<span class=\"status \(rawValue)\">\(rawValue)</span>" }
}
