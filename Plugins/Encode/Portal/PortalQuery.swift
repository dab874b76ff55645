/// A search of the portal, as its address bar shows it: `type=Experiment&assay_title=TF ChIP-seq&status!=revoked`.
///
/// `field=value` asks for a value, `field!=value` for none of it, `field=*` for any, `field=gte:50` for a range
/// (`gt`, `gte`, `lt`, `lte`); a field that stands twice asks for one of its values. `searchTerm` is free text.
/// https://www.encodeproject.org/help/rest-api/
struct PortalQuery: Equatable, Sendable {
  /// One `field=value` or `field!=value`.
  struct Term: Equatable, Sendable {
    var field: String
    var isNegated = false
    var value: String
  }

  /// Why a text is not a query.
  struct Fault: Error { let reason: String }

  /// Keys that say how the portal shows its answer, not what it looks for: left out, since the client decides them.
  /// https://github.com/ENCODE-DCC/encoded, the reserved keys of its search.
  static let presentation: Set<String> = [
    "annotation", "config", "datastore", "debug", "field", "filterresponse", "format", "frame",
    "from", "limit", "mode", "referrer", "remove",
  ]
  /// Keys that search and are no fields of an item.
  static let searching: Set<String> = [
    "advancedQuery", "cart", "genome", "region", "searchTerm", "sort", "type",
  ]
  private static let mostTerms = 1000
  private static let longest = 1 << 16

  var terms: [Term]

  init(_ terms: [Term] = []) { self.terms = terms }

  /// - Parameters:
  ///   - text: `field=value&…`, percent-encoded or not (`+` is a space, as in a URL, and `%2B` a plus); or a
  ///     page's whole address.
  ///   - portal: the portal's address; that of a page must begin with its host.
  init(_ text: String, portal: String) throws(Fault) {
    guard text.utf8.count <= Self.longest else {
      throw Fault(reason: "it is longer than \(Self.longest) bytes")
    }
    var text = Substring(text).drop { $0.isWhitespace }
    while text.last?.isWhitespace == true { text.removeLast() }
    if text.hasPrefix("https://") || text.hasPrefix("http://") {
      guard Self.host(text) == Self.host(portal[...]) else {
        throw Fault(
          reason: "it is an address of \(Self.host(text)), but the portal is "
            + "\(Self.host(portal[...])); set 'portal' too")
      }
      guard let mark = text.firstIndex(of: "?") else {
        terms = try Self.terms(ofPage: text)
        return
      }
      text = text[mark...].dropFirst()
    } else if let mark = text.firstIndex(of: "?"), text[..<mark].allSatisfy({ $0 != "=" }) {
      text = text[mark...].dropFirst()
    }
    text = text.prefix { $0 != "#" }
    terms = []
    for part in text.split(separator: "&") {
      let (field, value) = try Self.halves(part)
      var name = try Self.decoded(field)
      let isNegated = name.hasSuffix("!")
      if isNegated { name.removeLast() }
      guard !name.isEmpty else { throw Fault(reason: "'\(part.prefix(80))' names no field") }
      if Self.presentation.contains(name) { continue }
      terms.append(Term(field: name, isNegated: isNegated, value: try Self.decoded(value)))
    }
    guard terms.count <= Self.mostTerms else {
      throw Fault(reason: "it has more than \(Self.mostTerms) terms")
    }
  }

  /// What finds the item of a page, `https://www.encodeproject.org/experiments/ENCSR000EMT/`.
  private static func terms(ofPage address: Substring) throws(Fault) -> [Term] {
    let types = [
      "experiments": "Experiment", "annotations": "Annotation", "files": "File",
      "references": "Reference",
      "functional-characterization-experiments": "FunctionalCharacterizationExperiment",
    ]
    let parts = address.prefix { $0 != "#" }.split(separator: "/")
    guard parts.count == 4, let type = types[String(parts[2])] else {
      throw Fault(
        reason: "the address has no '?' with a query after it, and is no page of an experiment")
    }
    return [
      Term(field: "type", value: type), Term(field: "accession", value: try decoded(parts[3])),
    ]
  }

  private static func halves(_ part: Substring) throws(Fault) -> (Substring, Substring) {
    guard let equals = part.firstIndex(of: "=") else {
      throw Fault(reason: "'\(part.prefix(80))' is not of the form field=value")
    }
    return (part[..<equals], part[equals...].dropFirst())
  }

  /// The host and port of an address.
  private static func host(_ address: Substring) -> String {
    guard let scheme = address.firstRange(of: "://") else { return "" }
    return address[scheme.upperBound...].prefix { !"/?#".contains($0) }.lowercased()
  }

  /// The values that a field is asked to have.
  func values(of field: String) -> [String] {
    terms.filter { $0.field == field && !$0.isNegated }.map(\.value)
  }

  /// The item types asked for.
  var types: [String] { values(of: "type") }

  /// Adds a term for each value that the field does not have yet.
  mutating func add(_ field: String, _ values: [String]) {
    for value in values {
      let term = Term(field: field, value: value)
      if !terms.contains(term) { terms.append(term) }
    }
  }

  /// The query for people, which reads back as the same: only what would be misread is percent-encoded.
  var text: String { encoded { !"%&+#=?".utf8.contains($0) && $0 > 0x1F && $0 != 0x7F } }

  /// The query as a part of a URL (RFC 3986).
  var escaped: String {
    encoded {
      switch $0 {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "-._~*/@:,".utf8.contains($0)
      }
    }
  }

  private func encoded(_ isPlain: (UInt8) -> Bool) -> String {
    terms.map {
      Self.encoded($0.field, isPlain) + ($0.isNegated ? "!=" : "=")
        + Self.encoded($0.value, isPlain)
    }.joined(separator: "&")
  }

  private static func encoded(_ text: String, _ isPlain: (UInt8) -> Bool) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      // Bytes of letters beyond ASCII stay together: a text is plain or encoded as a whole character.
      if isPlain(byte) {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func decoded(_ text: Substring) throws(Fault) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "+"): bytes.append(0x20)
      case UInt8(ascii: "%"):
        let digits = String(decoding: rest.prefix(2), as: UTF8.self)
        guard digits.utf8.count == 2, let value = UInt8(digits, radix: 16), digits.first != "+"
        else {
          throw Fault(
            reason: "'\(text.prefix(80))' has a % without two hexadecimal digits; write %25")
        }
        bytes.append(value)
        rest = rest.dropFirst(2)
      default: bytes.append(byte)
      }
    }
    guard let decoded = String(validating: bytes, as: UTF8.self),
      decoded.utf8.allSatisfy({ $0 > 0x1F && $0 != 0x7F })
    else {
      throw Fault(reason: "'\(text.prefix(80))' is not plain text")
    }
    return decoded
  }
}
