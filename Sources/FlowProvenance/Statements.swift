/// What no history tells and only a person can: who, and under which terms. Nothing here has a default, and what is
/// not given is left out or told as not known.
public struct Statements: Sendable {
  /// Who ran the workflow.
  public var agent: Party?
  /// Where that person belongs.
  public var organization: Party?
  /// An SPDX identifier, a URL, or a sentence.
  public var licence: String?

  public init(agent: Party? = nil, organization: Party? = nil, licence: String? = nil) {
    self.agent = agent
    self.organization = organization
    self.licence = licence
  }

  /// A person or an organization.
  public struct Party: Equatable, Sendable {
    public var name: String
    /// For instance an ORCID or a ROR.
    public var uri: String?

    /// Reads `Ada Lovelace <https://orcid.org/…>`, or a name alone; nil where there is no name, or what stands in the
    /// brackets is no `http` or `https` address.
    public init?(_ text: String) {
      var name = text[...]
      if text.hasSuffix(">"), let bracket = text.lastIndex(of: "<") {
        let address = text[text.index(after: bracket)...].dropLast()
        let scheme = ["https://", "http://"].first { address.hasPrefix($0) }
        guard let scheme, address.count > scheme.count,
          address.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"\"<>\\^`{|}".utf8.contains($0) })
        else { return nil }
        uri = String(address)
        name = text[..<bracket]
      }
      while name.last == " " { name.removeLast() }
      while name.first == " " { name.removeFirst() }
      guard !name.isEmpty, !name.contains("<") else { return nil }
      self.name = String(name)
    }
  }

  /// The licence as a URI, where it is one or SPDX has one for it (https://spdx.org/licenses/).
  var licenceURI: String? {
    guard let licence else { return nil }
    if licence.hasPrefix("https://") || licence.hasPrefix("http://") {
      return licence.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } ? licence : nil
    }
    let isIdentifier =
      !licence.isEmpty && licence.count <= 64
      && licence.utf8.allSatisfy { byte in
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
          || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
          || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || ".-+".utf8.contains(byte)
      }
    return isIdentifier ? "https://spdx.org/licenses/\(licence)" : nil
  }

  /// What is written where a format wants a licence and none was given.
  static let noLicence = "No licence was stated for this run; ask those who ran it."
}
