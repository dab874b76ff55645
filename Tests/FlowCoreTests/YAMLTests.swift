import Files
import Testing

@testable import FlowCore

@Suite struct YAMLTests {
  private func parse(_ text: String) throws -> YAMLNode {
    try YAMLParser.parse(text, file: "file.yaml")
  }

  @Test func plainScalarsFollowTheCoreSchema() throws {
    let node = try parse(
      """
      [1, -2, 1.5, 1e-4, 4e4, true, False, null, ~, "1", 'true', chr1, 0x10, nan, inf, 1.2.3, 12:30]
      """)
    #expect(
      node.json == [
        1, -2, 1.5, 1e-4, 4e4, true, false, .null, .null, "1", "true", "chr1", "0x10", "nan",
        "inf", "1.2.3", "12:30",
      ])
  }

  @Test func nodesKnowTheirPlace() throws {
    let node = try parse("a: 1\nb:\n  - x\n  - {c: y}\n")
    guard case .mapping(let entries) = node.value, case .list(let items) = entries[1].value.value
    else { throw Diagnostic("not a list in a mapping") }
    #expect(entries[1].keyMark == Mark(line: 2, column: 1))
    #expect(items[1].mark == Mark(line: 4, column: 5))
  }

  @Test(arguments: [
    ("a: 1\na: 2", "file.yaml:2:1: 'a' stands here twice, first in line 1"),
    ("a: &x 1\nb: *x", "file.yaml:1:4: anchors are not allowed here"),
    ("a: !!binary aaaa", "file.yaml:1:4: tags are not allowed here"),
    ("a: !obj:os.system {x: 1}", "tags are not allowed here"),
    ("a: [1, 2", "not valid YAML"),
    ("a: 1\n---\nb: 2", "only one document is allowed"),
    ("", "the file is empty"),
    ("? [a]\n: b", "a key must be a plain word"),
  ])
  func isRefused(_ text: String, _ message: String) {
    #expect {
      try parse(text)
    } throws: {
      "\($0)".contains(message)
    }
  }

  @Test func aControlCharacterIsFoundWhereItStands() {
    #expect {
      try YAMLParser.parse("a: 1\nb: é\u{1}\n", file: "f.yaml")
    } throws: {
      ($0 as? Diagnostic)?.mark == Mark(line: 2, column: 5)
    }
  }

  @Test func depthAndNumberOfNodesAreBounded() {
    let deep = String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
    #expect {
      try parse(deep)
    } throws: {
      "\($0)".contains("nested deeper than 32 levels")
    }
    let wide = "[" + String(repeating: "1,", count: 200_000) + "1]"
    #expect {
      try parse(wide)
    } throws: {
      "\($0)".contains("more than 100000 values")
    }
  }

  @Test func aBombOfAliasesEndsAtItsFirstAnchor() {
    var bomb = "a0: &a0 [x, x]\n"
    for level in 1...30 { bomb += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
    #expect {
      try parse(bomb)
    } throws: {
      "\($0)".contains("file.yaml:1:5: anchors are not allowed")
    }
  }
}
