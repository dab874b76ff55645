import Files
import FlowCore
import Glibc
import Synchronization

/// Words on the terminal: what goes where, in which colour.
enum Terminal {
  enum Stream { case standardOutput, standardError }

  enum Style: String {
    case plain = ""
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
  }

  /// Whether standard error is a terminal that can redraw a line.
  static var isLive: Bool { isatty(STDERR_FILENO) == 1 && environment("TERM") != "dumb" }

  /// Colours, unless the stream is no terminal or NO_COLOR is set (https://no-color.org).
  static func styled(_ text: String, _ style: Style, on stream: Stream = .standardError) -> String {
    let isColored = stream == .standardError ? areErrorsColored : isOutputColored
    return isColored && style != .plain ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
  }

  // Asked once: a run of thousands of steps styles thousands of words.
  private static let areErrorsColored = isColored(STDERR_FILENO)
  private static let isOutputColored = isColored(STDOUT_FILENO)

  private static func isColored(_ descriptor: Int32) -> Bool {
    isatty(descriptor) == 1 && (environment("NO_COLOR") ?? "").isEmpty
      && environment("TERM") != "dumb"
  }

  /// Control characters are shown, not obeyed, but for line ends, tabs and the styles above.
  static func line(_ text: String, to stream: Stream = .standardOutput) {
    let isColored = stream == .standardError ? areErrorsColored : isOutputColored
    write(Visible.lines(text, keepsStyles: isColored) + "\n", to: stream)
  }

  static func write(_ text: String, to stream: Stream) {
    let isOutput = stream == .standardOutput
    // After a gap, more would only hide it.
    if isOutput && hasLostOutput { return }
    let code = Array(text.utf8).withUnsafeBytes {
      FileHandle.write($0, to: isOutput ? STDOUT_FILENO : STDERR_FILENO)
    }
    // A reader that has gone (`flow log | head`) is no reason to complain, and a run goes on without its messages.
    guard code != 0, code != EPIPE, isOutput else { return }
    lost.store(true, ordering: .relaxed)
    error(
      Diagnostic(
        "standard output cannot be written: \(String(cString: strerror(code)))",
        fix: "what was printed is not whole; print it to another place"))
  }

  private static let lost = Atomic<Bool>(false)

  /// Whether something that was printed to standard output did not get there, though somebody was to read it.
  static var hasLostOutput: Bool { lost.load(ordering: .relaxed) }

  /// Tells which file was written, unless that is where this would be told.
  static func wrote(_ path: String) {
    if !OutputFile.isStandardOutput(path) { line(Visible.cell(path)) }
  }

  static func error(_ problem: Diagnostic) {
    line("\(styled("error:", .red)) \(problem)", to: .standardError)
  }

  static func warning(_ text: String) {
    line("\(styled("warning:", .yellow)) \(text)", to: .standardError)
  }

  /// Columns of a terminal that shows standard error; 100 where there is none.
  static var width: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 100 }
    return Int(size.ws_col)
  }

  /// Rows of a terminal that shows standard error; 24 where there is none.
  static var height: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0 else { return 24 }
    return Int(size.ws_row)
  }

  /// Rows in columns as wide as their widest cell, two spaces apart; the last column is not padded.
  static func columns(_ rows: [[String]], rightAligned: Set<Int> = []) -> [String] {
    let rows = rows.map { $0.map(Visible.cell) }
    let count = rows.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in
      rows.map { column < $0.count ? DisplayWidth.of($0[column]) : 0 }.max() ?? 0
    }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        let space = String(repeating: " ", count: widths[column] - DisplayWidth.of(cell))
        if rightAligned.contains(column) {
          line += space + cell
        } else {
          line += column == row.count - 1 ? cell : cell + space
        }
        if column < row.count - 1 { line += "  " }
      }
      return line
    }
  }

  /// A local date and time: "2026-01-31 14:25:01".
  static func date(_ time: Double) -> String {
    var seconds = time_t(Int(saturating: time))
    var parts = tm()
    localtime_r(&seconds, &parts)
    var text = [CChar](repeating: 0, count: 32)
    let count = strftime(&text, text.count, "%Y-%m-%d %H:%M:%S", &parts)
    return String(decoding: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
