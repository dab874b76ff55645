/// The progress of running steps as the ledger gets it: not each of thousands of events, but one a second.
struct ProgressNotes {
  private struct Note {
    var written = -Double.infinity
    /// Where the rate is counted from: a new unit or total is a new phase.
    var phase = ""
    var begun = 0.0
    var doneThen = 0.0
  }

  private var notes: [Int: Note] = [:]

  /// - Parameters:
  ///   - step: its row in the ledger.
  ///   - moment: on the monotonic clock.
  mutating func take(
    done: Double, total: Double, unit: String, note text: String?, of step: Int, in ledger: Ledger,
    at moment: Double
  ) throws {
    var note = notes[step] ?? Note()
    let phase = "\(unit) \(total)"
    if phase != note.phase || done < note.doneThen {
      (note.phase, note.begun, note.doneThen) = (phase, moment, done)
    }
    // The last of a phase is told too: a step that is at its end should not seem to stand still before it.
    let isDue = moment - note.written >= 1 || done == total
    if isDue, moment - note.written >= 0.1 {
      let seconds = moment - note.begun
      let rate = seconds > 0.3 && done > note.doneThen ? (done - note.doneThen) / seconds : nil
      try ledger.setProgress(
        step: step, done: done, total: total, unit: unit, note: text, rate: rate)
      note.written = moment
    }
    notes[step] = note
  }

  mutating func forget(_ step: Int) { notes[step] = nil }
}

extension Ledger {
  func setProgress(
    step: Int, done: Double, total: Double, unit: String, note: String?, rate: Double?
  ) throws {
    // NaN, which SQLite takes for NULL, is no progress.
    try database.run(
      """
      INSERT OR REPLACE INTO progress (step, done, total, unit, note, rate, time)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      """,
      [
        .integer(step), .real(done.isFinite ? done : 0), .real(total.isFinite ? total : 0),
        .text(String(unit.prefix(100))), SQLValue(note.map { String($0.prefix(300)) }),
        SQLValue(rate), .real(now()),
      ])
  }
}
