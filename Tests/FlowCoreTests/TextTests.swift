import Files
import Testing

@testable import FlowCore

@Suite struct QuantityTests {
  @Test(arguments: [
    ("512 MB", 512_000_000), ("4GB", 4_000_000_000), ("1 GiB", 1 << 30), ("1.5 GB", 1_500_000_000),
    ("1000", 1000), ("-1 GB", nil), ("lots", nil), ("", nil), ("GB", nil), ("1e300 TB", nil),
  ])
  func bytes(_ text: String, _ expected: Int?) { #expect(Quantity.bytes(text) == expected) }

  @Test(arguments: [
    ("90", 90), ("90s", 90), ("15m", 900), ("1h30m", 5400), ("1d", 86_400), ("1h30", nil),
    ("m", nil), ("0s", nil), ("-5m", nil), ("99999999999999999999h", nil),
  ])
  func seconds(_ text: String, _ expected: Int?) { #expect(Quantity.seconds(text) == expected) }

  @Test func amountsForPeople() {
    #expect(Quantity.text(bytes: 999) == "999 B")
    #expect(Quantity.text(bytes: 1_540_000) == "1.5 MB")
    #expect(Quantity.text(seconds: 0.04) == "0.0 s")
    #expect(Quantity.text(seconds: 185) == "3 min 05 s")
    #expect(Quantity.text(seconds: 7_800) == "2 h 10 min")
    #expect(Quantity.text(count: 12_345) == "12.3 k")
    #expect(Quantity.decimal(-0.004, 2) == "0.00")
    #expect(Quantity.decimal(1.995, 1) == "2.0")
  }
}

@Suite struct ParameterTypeTests {
  @Test func textIsReadAsTheType() {
    #expect(ParameterType.integer.value(fromText: "4") == 4)
    #expect(ParameterType.integer.value(fromText: "4.5") == nil)
    #expect(ParameterType.integer.value(fromText: "1e3") == 1000)
    #expect(ParameterType.integer.value(fromText: "-9223372036854775808") == .integer(.min))
    // What a double cannot hold would become another number.
    for text in ["-9223372036854775809", "9007199254740993.0", "9223372036854774784.5", "1e300"] {
      #expect(ParameterType.integer.value(fromText: text) == nil, "\(text)")
    }
    #expect(ParameterType.number.value(fromText: "1e-4") == 1e-4)
    #expect(ParameterType.number.value(fromText: "nan") == nil)
    #expect(ParameterType.boolean.value(fromText: "true") == true)
    #expect(ParameterType.boolean.value(fromText: "yes") == nil)
    #expect(ParameterType.string.value(fromText: "4") == "4")
    #expect(ParameterType.list(of: .integer).value(fromText: "1,2") == [1, 2])
    #expect(ParameterType.list(of: .string).value(fromText: "[\"a,b\"]") == ["a,b"])
    #expect(ParameterType.list(of: .string).value(fromText: "") == [])
    #expect(ParameterType.list(of: .integer).value(fromText: "1,x") == nil)
  }

  @Test func aNumberHasOneForm() {
    #expect(ParameterType.number.canonical(1) == ParameterType.number.canonical(1.0))
    #expect(ParameterType.string.canonical(1.5) == nil)
  }
}

@Suite struct ReferenceTests {
  @Test func wholeReferences() throws {
    #expect(
      try ReferenceParser.parse("$steps.fetch.files")
        == .step(id: "fetch", output: "files", subpath: nil))
    #expect(
      try ReferenceParser.parse("$steps.fetch.files/a/${params.b}.gz")
        == .step(
          id: "fetch", output: "files",
          subpath: Template(parts: [.text("a/"), .reference(.parameter("b")), .text(".gz")])))
    #expect(try ReferenceParser.parse("$params.k") == .value(.parameter("k")))
    #expect(try ReferenceParser.parse("$each.k") == .value(.axis("k")))
    #expect(try ReferenceParser.parse("plain") == .literal("plain"))
    #expect(try ReferenceParser.parse("costs 5 $$") == .literal("costs 5 $"))
  }

  @Test(arguments: [
    "$steps.a", "$steps.a.b.c", "$params.k/x", "$environ.HOME", "${environ.HOME}", "a $ b",
    "${params.k",
    "$steps.a.b/../../etc", "$steps.a.b//x", "$inputs.a/./b",
  ])
  func isRefused(_ text: String) {
    #expect(throws: ReferenceParser.Mistake.self) { try ReferenceParser.parse(text) }
  }
}

@Suite struct ShellQuotingTests {
  @Test(arguments: [
    ("plain-1.0_a/b=c", "plain-1.0_a/b=c"), ("", "''"), ("a b", "'a b'"), ("it's", "'it'\\''s'"),
    ("$(x)", "'$(x)'"), ("*", "'*'"), ("~", "'~'"),
  ])
  func quote(_ text: String, _ quoted: String) { #expect(ShellQuoting.quote(text) == quoted) }
}
