import FlowCore

/// Lines at the bottom of a live terminal that are redrawn in place, and lines above them that stay.
final class LiveScreen {
  /// What was drawn last, to be taken away.
  private var drawn: [StyledLine] = []
  private var drawnColumns = 0
  private var pending = ""

  /// Puts a line above the frame at the next drawing.
  func add(_ line: String) { pending += Visible.lines(line) + "\n" }

  /// How many rows the frame may have: the window less one, for the line in which the cursor stands.
  var rows: Int { max(1, Terminal.height - 1) }

  /// One write for all, so that no half of a frame is ever seen.
  func draw(_ lines: [StyledLine]) {
    let columns = Terminal.width
    var text = erasure(columns)
    text += pending
    pending = ""
    // Should a width be misjudged, the terminal cuts the line rather than break it.
    text += "\u{1B}[?7l"
    for line in lines { text += line.rendered(columns: columns - 1) + "\n" }
    text += "\u{1B}[?7h"
    Terminal.write(text, to: .standardError)
    drawn = lines
    drawnColumns = columns
  }

  /// Takes the frame away and leaves what stays; after this the terminal is the caller's.
  func clear() {
    let text = erasure(Terminal.width) + pending
    pending = ""
    drawn = []
    if !text.isEmpty { Terminal.write(text, to: .standardError) }
  }

  /// Up to the frame's first row, and clear to the end of the screen.
  private func erasure(_ columns: Int) -> String {
    guard !drawn.isEmpty else { return "" }
    var rows = drawn.count
    if columns < drawnColumns {
      // A window made narrower has broken the lines that no longer fit.
      rows = drawn.reduce(0) { sum, line in
        let width = min(drawnColumns - 1, DisplayWidth.of(line.text))
        return sum + max(1, (width + columns - 1) / max(1, columns))
      }
    }
    return "\u{1B}[\(rows)A\r\u{1B}[J"
  }
}
