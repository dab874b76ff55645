import Files
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
  }

  @Test func whatIsNoNumberInJSONIsNull() {
    #expect(JSON.array([.number(.nan), .number(.infinity)]).text == "[null,null]")
  }

  @Test(arguments: ["", "{", "{\"a\" 1}", "nul"])
  func malformedTextIsRefused(_ text: String) {
    #expect(throws: DecodingError.self) { try JSON(parsing: text) }
  }
}
