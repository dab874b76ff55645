import FlowCore
import Testing

/// What a plugin says is shown on a terminal, never obeyed by it.
@Suite struct VisibleTests {
  @Test(arguments: [
    ("plain é 🧬", "plain é 🧬"), ("\u{1B}[2J", "␛[2J"), ("a\nb\tc\r", "a⏎b c␍"),
    ("\u{7F}\u{9B}2J", "␡\u{FFFD}2J"), ("\u{202E}txt", "\u{FFFD}txt"), ("\u{1B}[31m", "␛[31m"),
  ])
  func aCellIsOneHarmlessLine(_ text: String, _ expected: String) {
    #expect(Visible.cell(text) == expected)
  }

  @Test(arguments: [
    ("a\n\tb", "a\n\tb"), ("\u{1B}[31merror:\u{1B}[0m x", "\u{1B}[31merror:\u{1B}[0m x"),
    ("\u{1B}[5A\u{1B}[1mx\u{07}", "␛[5A\u{1B}[1mx␇"), ("\r\n", "␍\n"),
  ])
  func linesKeepTheirEndsAndColours(_ text: String, _ expected: String) {
    #expect(Visible.lines(text) == expected)
  }

  @Test func whereNothingIsColouredNoColourIsOurs() {
    #expect(Visible.lines("\u{1B}[31mx\n", keepsStyles: false) == "␛[31mx\n")
  }
}
