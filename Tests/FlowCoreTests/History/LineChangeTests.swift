import Testing

@testable import FlowCore

@Suite struct LineChangeTests {
  private func text(_ old: String, _ new: String) -> [String] {
    LineChange.changes(from: old, to: new).map { "\($0.kind.rawValue)\($0.text)" }
  }

  @Test func changedLinesAreShownWithOneLineAround() {
    #expect(text("a\nb\nc\nd\ne\n", "a\nb\nX\nd\ne\n") == [" b", "-c", "+X", " d"])
  }

  @Test func changesFarFromEachOtherLeaveOutWhatIsBetween() {
    #expect(
      text("a\nb\nc\nd\ne\nf\ng", "A\nb\nc\nd\ne\nf\nG") == ["-a", "+A", " b", " f", "-g", "+G"])
  }

  @Test func linesThatComeOrGo() {
    #expect(text("a\nb\n", "a\nnew\nb\n") == [" a", "+new", " b"])
    #expect(text("a\nb\n", "b\n") == ["-a", " b"])
    #expect(text("", "a\n") == ["+a"])
    #expect(text("a", "a\n") == [])
  }

  @Test func aLongDifferenceIsReplacedAndNotCompared() {
    let old = (0..<2_000).map { "old \($0)" }.joined(separator: "\n")
    let new = (0..<2_000).map { "new \($0)" }.joined(separator: "\n")
    let changes = LineChange.changes(from: old, to: new)
    #expect(changes.count == 4_000)
    #expect(changes.prefix(2_000).allSatisfy { $0.kind == .removed })
  }
}
