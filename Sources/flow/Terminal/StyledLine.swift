/// A line of a terminal in pieces of one style each, to be cut to a width.
struct StyledLine {
  private var pieces: [(text: String, style: Terminal.Style)] = []

  init(_ text: String = "", _ style: Terminal.Style = .plain) { add(text, style) }

  mutating func add(_ text: String, _ style: Terminal.Style = .plain) {
    if !text.isEmpty { pieces.append((text, style)) }
  }

  static func + (left: StyledLine, right: StyledLine) -> StyledLine {
    var line = left
    line.pieces += right.pieces
    return line
  }

  var text: String { pieces.map(\.text).joined() }

  /// The line with its colours, in at most so many columns. Its text has no control characters.
  func rendered(columns: Int) -> String {
    var line = ""
    var free = columns
    for (text, style) in pieces {
      guard free > 0 else { break }
      let cut = DisplayWidth.cut(text, to: free)
      line += Terminal.styled(cut, style)
      free -= DisplayWidth.of(cut)
    }
    return line
  }
}
