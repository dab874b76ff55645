import Files

/// Names as URIs (RFC 3986, RFC 6920).
enum URI {
  /// A relative path as a URI reference: everything but letters, digits, `-._~` and `/` is percent-encoded, so that no
  /// name can be a scheme, a query, a fragment, an end of line or a change of reading order.
  static func path(_ path: String) -> String { encoded(path, keeping: "/") }

  /// One segment of a path or of a fragment.
  static func segment(_ text: String) -> String { encoded(text, keeping: nil) }

  private static func encoded(_ text: String, keeping kept: Character?) -> String {
    let kept = kept?.asciiValue
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"), kept:
        bytes.append(byte)
      default:
        bytes.append(UInt8(ascii: "%"))
        bytes.append(contentsOf: hexadecimal([byte]).uppercased().utf8)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The content itself, wherever it lies: RFC 6920's form for people, whose digest is hexadecimal as `sha256sum`
  /// prints it.
  static func content(_ sha256: String) -> String { "nih:sha-256;\(sha256)" }
}
