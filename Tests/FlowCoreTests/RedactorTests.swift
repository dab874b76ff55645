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
    ("p%40ss%2fword%2b1", "[secret]"), (#"{"a": "p@ss\/word+1"}"#, #"{"a": "p@ss\/word+1"}"#),
    ("68756e746572322d736563726574", "[secret]"),
    // The last character of base64 may hold bits of what follows, and stays.
    ("aHVudGVyMi1zZWNyZXQ=", "[secret]Q="),
  ])
  func formsAreFound(_ text: String, _ redacted: String) {
    #expect(redactor.redacted(text) == redacted)
  }

  /// Cut anywhere: what may be the beginning of a secret waits for the rest.
  @Test func aStreamIsRedactedAcrossItsPieces() {
    let text = Array("a hunter2-secret b hunter2-hunter2-secret c hunter2".utf8)
    let expected = "a [secret] b hunter2-[secret] c hunter2"
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
