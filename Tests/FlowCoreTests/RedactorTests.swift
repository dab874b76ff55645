import Files
import Testing

@testable import FlowCore

/// Secrets are taken out of texts, whole or in pieces.
@Suite struct RedactorTests {
  let redactor = Redactor(["hunter2-secret", "p@ss/word+1"])

  @Test(arguments: [
    ("the word is hunter2-secret.", "the word is [secret]."),
    ("hunter2-secrethunter2-secret", "[secret][secret]"),
    ("hunter2-secre", "hunter2-secre"), ("", ""), ("p%40ss%2Fword%2B1", "[secret]"),
    ("p%40ss%2fword%2b1", "[secret]"), (#"{"a": "p@ss\/word+1"}"#, #"{"a": "[secret]"}"#),
    ("68756e746572322d736563726574", "[secret]"),
    // The last character of base64 may hold bits of what follows, and stays.
    ("aHVudGVyMi1zZWNyZXQ=", "[secret]Q="),
  ])
  func formsAreFound(_ text: String, _ redacted: String) {
    #expect(redactor.redacted(text) == redacted)
  }

  /// Programs do not agree on which characters they encode.
  @Test(arguments: [
    // As Python's quote(), which leaves '/', and with every character encoded.
    "a/b%2Bc%20d%C3%BC%22%27%26%3C%5C", "a/b+c+d%c3%bc\"%27&<%5C",
    "%61%2F%62%2b%63%20%64%C3%BC%22%27%26%3C%5C",
    #"a/b+c d\u00fc\"'&<\\"#, #"a\/b+c dü\u0022\u0027\u0026\u003C\\"#,
    #"a/b+c dü"\'&<\\"#, #"a/b+c d\xc3\xbc"'&<\x5c"#, #"a/b+c d\303\274"'&<\134"#,
    "a/b+c dü&quot;&#39;&amp;&lt;\\", "a/b+c d&#xFC;&#34;&apos;&amp;&lt;&#92;",
    #"a/b+c dü"'\''&<\"#, #"a/b+c\ dü\"\'\&\<\\"#,
    "612F622B632064C3BC2227263C5C", "61 2f 62 2b 63 20 64\nc3 bc 22 27 26 3c 5c",
  ])
  func mixturesOfEncodedAndPlainCharactersAreFound(_ text: String) {
    let redactor = Redactor(["a/b+c dü\"'&<\\"])
    #expect(redactor.redacted("<\(text)>") == "<[secret]>")
  }

  /// As `base64` and `xxd -p` break what is long, and as that is written into JSON and addresses.
  @Test(arguments: ["\n", "\r\n", "\n    ", "\\n", "%0A"])
  func encodingsThatAreBrokenIntoLinesAreFound(_ end: String) {
    let secret = (0..<40).map { "key\($0)/" }.joined()
    let redactor = Redactor([secret])
    func broken(_ text: String, _ columns: Int) -> String {
      let characters = Array(text)
      return stride(from: 0, to: characters.count, by: columns).map {
        String(characters[$0..<min(characters.count, $0 + columns)])
      }.joined(separator: end)
    }
    let hexadecimal = secret.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    #expect(redactor.redacted(broken(hexadecimal, 60)) == "[secret]")
    // 230 bytes: the last characters of base64 may hold bits of what follows.
    let base64 = Self.base64(secret)
    #expect(redactor.redacted(broken(base64, 76)) == "[secret]" + base64.suffix(2))
  }

  private static func base64(_ text: String) -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var bits = text.utf8.flatMap { byte in (0..<8).map { Int(byte >> (7 - UInt8($0)) & 1) } }
    while bits.count % 6 != 0 { bits.append(0) }
    let characters = stride(from: 0, to: bits.count, by: 6).map { start in
      digits[bits[start..<start + 6].reduce(0) { $0 << 1 | $1 }]
    }
    return String(characters) + String(repeating: "=", count: (4 - characters.count % 4) % 4)
  }

  /// Cut anywhere: what may be the beginning of a secret waits for the rest.
  @Test func aStreamIsRedactedAcrossItsPieces() {
    let text = Array(
      "a hunter2-secret b hunter2-hunter2-secret c h%75nter2\\-secret 6875 6e74\n657232%0A2d736563726574 hunter2"
        .utf8)
    let expected = "a [secret] b hunter2-[secret] c [secret] [secret] hunter2"
    for size in 1...text.count {
      var buffer: [UInt8] = []
      var taken: [UInt8] = []
      for start in stride(from: 0, to: text.count, by: size) {
        buffer += text[start..<min(text.count, start + size)]
        taken += redactor.take(from: &buffer, atEnd: false)
      }
      taken += redactor.take(from: &buffer, atEnd: true)
      #expect(String(decoding: taken, as: UTF8.self) == expected, "pieces of \(size)")
    }
  }

  @Test func textWithoutSecretsIsNotHeldBack() {
    var buffer = Array("some line\n".utf8)
    #expect(redactor.take(from: &buffer, atEnd: false).count == 10)
  }

  @Test func keysOfSeveralLinesAreFoundLineByLine() {
    let key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----"
    #expect(Redactor([key]).redacted("got MIIEvQIBADANBg here") == "got [secret] here")
  }

  @Test func jsonIsRedactedInKeysAndValues() {
    let json: JSON = ["hunter2-secret": ["hunter2-secret", 1], "b": "x"]
    #expect(redactor.redacted(json) == ["[secret]": ["[secret]", 1], "b": "x"])
  }

  @Test(arguments: [
    ("https://me:password@example.org/", true), ("see ftp://a:b@c", true),
    ("https://me@example.org/", false),
    ("https://example.org/a:b@c", false), ("http://[::1]:80/", false),
    ("me:password@example.org", false),
    ("https://$user:$password@example.org", false), ("https://me:@example.org", false),
    ("://:x@", true),
    ("a: b://c", false), ("", false),
  ])
  func passwordsInAddressesAreSeen(_ text: String, _ holds: Bool) {
    #expect(RecordedSecrets.holdsPassword(text) == holds)
  }
}
