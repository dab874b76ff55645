import Files
import FlowTesting
import Testing

@Suite struct JSONTests {
  @Test func equalValuesGiveEqualText() throws {
    let one = try JSON(parsing: #"{"b": [1, 2.5, true, null], "a": {"y": "é", "x": 1e-5}}"#)
    let other = try JSON(parsing: #"{"a":{"x":0.00001,"y":"\u00e9"},"b":[1,2.5,true,null]}"#)
    #expect(one.text == other.text)
    #expect(one.text == #"{"a":{"x":1e-05,"y":"é"},"b":[1,2.5,true,null]}"#)
  }

  @Test func controlCharactersAndQuotesSurvive() throws {
    let value = JSON.string("a\"b\\c\n\t\u{1}\u{7F}")
    #expect(try JSON(parsing: value.text) == value)
  }

  @Test func integersStayIntegers() throws {
    #expect(try JSON(parsing: "[9007199254740993, 3]") == [9_007_199_254_740_993, 3])
    #expect(try JSON(parsing: "[1.0, 1e3, -0]") == [1, 1000, 0])
    #expect(
      try JSON(parsing: "[12345678901234567168, 1.5]") == [
        .number(12_345_678_901_234_567_168), 1.5,
      ])
  }

  @Test func whatIsNoNumberInJSONIsNull() {
    #expect(JSON.array([.number(.nan), .number(.infinity)]).text == "[null,null]")
  }

  @Test func escapesAreUndone() throws {
    #expect(
      try JSON(parsing: #""\"\\\/\b\f\n\r\t\u00e9\ud83e\uddec""#) == "\"\\/\u{8}\u{C}\n\r\té🧬")
  }

  @Test func theFirstOfMembersWithOneNameCounts() throws {
    #expect(try JSON(parsing: #"{"a": 1, "a": 2}"#) == ["a": 1])
  }

  @Test(arguments: [
    (#"{"a": [1, tru]}"#, "line 1, column 11: expected a value"),
    ("[1,\n 2,]", "line 2, column 4: expected something after ','"),
    (#"{"a" 1}"#, "line 1, column 6: expected ':' after a member's name"),
    ("[1 2]", "line 1, column 4: expected ',' or ']'"),
    ("[1] 2", "line 1, column 5: more follows"),
    ("\"\u{1}\"", "line 1, column 2: a control character"),
    (#""\ud800""#, "half a surrogate pair"), (#""\u12""#, "four hexadecimal digits"),
    (#""\x""#, "an unknown escape"), ("1e999", "the number 1e999 is too large"),
    ("01", "expected a value"), ("1.", "a digit after its point"), ("+1", "expected a value"),
    (String(repeating: "[", count: 600), "nested deeper than 512"),
  ])
  func faultsAreToldWithTheirPlace(_ text: String, _ expected: String) {
    let told = message { _ = try JSON(parsing: Array(text.utf8)) }
    #expect(told.contains(expected), "told: \(told)")
  }

  @Test func textThatIsNotUTF8IsRefused() {
    let told = message { _ = try JSON(parsing: [0x22, 0xFF, 0x22]) }
    #expect(told.contains("a string is not UTF-8"))
  }

  @Test func partsAreReadWithoutTheRest() throws {
    var reader = JSONReader(Array(#"{"x": {"y": [1]}, "list": [1, [2, 3], "four"], "z": 0}"#.utf8))
    var (names, elements) = ([String](), [JSON]())
    try reader.beginObject()
    while let name = try reader.nextMember() {
      names.append(name)
      guard name == "list" else {
        try reader.skipValue()
        continue
      }
      try reader.beginArray()
      while try reader.nextElement() { elements.append(try reader.readValue()) }
    }
    try reader.end()
    #expect(names == ["x", "list", "z"])
    #expect(elements == [1, [2, 3], "four"])
  }

  @Test(arguments: ["", "{", "{\"a\" 1}", "nul"])
  func malformedTextIsRefused(_ text: String) {
    #expect(throws: DecodingError.self) { try JSON(parsing: text) }
  }

  @Test func valuesAreCounted() throws {
    func parsed(_ text: String, most: Int) -> JSON? {
      try? JSON(parsing: Array(text.utf8), mostValues: most)
    }
    // An array, two numbers, an object and a string.
    let text = #"[1, 2, {"a": "b"}]"#
    #expect(parsed(text, most: 9) == [1, 2, ["a": "b"]])
    #expect(parsed(text, most: 8) == nil)
  }
}
