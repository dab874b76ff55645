import Testing

@testable import FlowReport

@Suite("Escaping")
struct HTMLTests {
  @Test("Text put into markup cannot become markup")
  func text() {
    let name = "</td><script>alert(\"x\" + 'y')</script>&amp;"
    let cell: HTML = "<td title=\"\(name)\">\(name)</td>"
    let safe =
      "&lt;/td&gt;&lt;script&gt;alert(&quot;x&quot; + &#39;y&#39;)&lt;/script&gt;&amp;amp;"
    #expect(cell.text == "<td title=\"\(safe)\">\(safe)</td>")
  }

  @Test("Markup put into markup stays as it is, and nothing is escaped twice")
  func markup() {
    let inner: HTML = "<b>\("a<b")</b>"
    let outer: HTML = "<p>\(inner)</p>"
    #expect(outer.text == "<p><b>a&lt;b</b></p>")
  }

  @Test("Control characters, which HTML forbids, are shown as replaced; line ends stay")
  func controls() {
    #expect(HTML.escape("a\u{0}b\u{1B}[31m\u{9F}\nc") == "a\u{FFFD}b\u{FFFD}[31m\u{FFFD}\nc")
  }

  @Test(
    "Lengths have a tenth of a pixel and are never NaN",
    arguments: [
      (1.0, "1"), (1.24, "1.2"), (-0.04, "0"), (-12.36, "-12.4"), (.nan, "0"), (.infinity, "0"),
      (1e300, "0"),
    ])
  func lengths(value: Double, text: String) {
    #expect(HTML.length(value) == text)
  }

  @Test("A text beyond its bound is cut at its end, or at its beginning")
  func bounds() {
    let text = String(repeating: "a", count: 50) + String(repeating: "z", count: 50)
    #expect(Elements.verbatim(text, limit: 10).text == "<pre>aaaaaaaaaa …</pre>\n")
    #expect(Elements.verbatim(text, limit: 10, fromEnd: true).text == "<pre>… zzzzzzzzzz</pre>\n")
  }
}
