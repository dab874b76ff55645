import FlowCore

/// A single step on the terminal.
final class StepTeller {
  private var progress = ProgressText()
  private let isLive = Terminal.isLive
  private let isQuiet: Bool
  private var isDrawn = false

  /// - Parameter isQuiet: whether to tell nothing: another process of the step tells the same.
  init(isQuiet: Bool = false) { self.isQuiet = isQuiet }

  func tell(_ event: StepEvent) {
    if isQuiet { return }
    switch event {
    case .log(let level, let message):
      guard level >= 1 else { return }
      erase()
      if level >= 2 {
        Terminal.warning(message)
      } else {
        Terminal.line(message, to: .standardError)
      }
    case .progress(let done, let total, let unit, let note):
      progress.update(done, of: total, unit, note: note)
      if isLive {
        erase()
        Terminal.write(
          DisplayWidth.cut(progress.text, to: Terminal.width - 1), to: .standardError)
        isDrawn = true
      } else if now() - progress.lastPrinted > 10 {
        if progress.lastPrinted > 0 { Terminal.line(progress.text, to: .standardError) }
        progress.lastPrinted = now()
      }
    case .record(let key, let value):
      guard key.hasPrefix("table:"), let table = JSONTable(value), table.isShown else { return }
      erase()
      let rows = [table.columns] + table.rows.map { $0.map(JSONTable.text) }
      for line in Terminal.columns(rows) { Terminal.line(line, to: .standardError) }
      if let note = table.note { Terminal.line(note, to: .standardError) }
    case .metric, .end: break
    }
  }

  func finish() { erase() }

  private func erase() {
    if isDrawn { Terminal.write("\r\u{1B}[K", to: .standardError) }
    isDrawn = false
  }
}
