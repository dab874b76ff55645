import Files
import FlowCore

/// The progress of one step in words: count, share, rate, time left.
struct ProgressText {
  /// What is counted; when it changes, a new phase has begun and its rate begins anew.
  private var phase = ""
  private var firstDone = 0.0
  private var firstTime: Double?
  private(set) var text = ""
  /// When `text` was last printed as a line of its own.
  var lastPrinted = 0.0

  mutating func update(_ done: Double, of total: Double, _ unit: String, note: String?) {
    let moment = now()
    let unit = Visible.cell(unit)
    let note = note.map(Visible.cell)
    // Nothing is counted yet: a job waits in its queue.
    if unit.isEmpty, total == 0, let note {
      text = note
      return
    }
    if phase != "\(unit) \(total)" || done < firstDone { firstTime = nil }
    phase = "\(unit) \(total)"
    guard let start = firstTime else {
      firstTime = moment
      firstDone = done
      text = count(done, total, unit, note)
      return
    }
    var parts = [count(done, total, unit, nil)]
    let seconds = moment - start
    if seconds > 0.3, done > firstDone {
      let rate = (done - firstDone) / seconds
      parts.append("\(amount(rate, unit))/s")
      if total > done {
        parts.append("\(Quantity.text(seconds: (total - done) / rate)) left")
      }
    }
    if let note { parts.append(note) }
    text = parts.joined(separator: ", ")
  }

  private func amount(_ value: Double, _ unit: String) -> String {
    unit == "bytes"
      ? Quantity.text(bytes: Int(saturating: value)) : "\(Quantity.text(count: value)) \(unit)"
  }

  private func count(_ done: Double, _ total: Double, _ unit: String, _ note: String?) -> String {
    var text = amount(done, unit)
    if total > 0, total.isFinite {
      text += " of \(unit == "bytes" ? amount(total, unit) : Quantity.text(count: total))"
      // A plugin that has done more than all, or less than nothing, has no share to show.
      if (0...total).contains(done) { text += " (\(Int(saturating: 100 * (done / total))) %)" }
    }
    return note.map { "\(text), \($0)" } ?? text
  }
}
