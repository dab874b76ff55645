import Files
import FlowPlugin

/// The digests of a catalogue's files: recorded, or asked of their providers, each list once.
struct KnownDigests {
  struct Answer {
    var md5: String?
    var bytes: Int?
    /// Where the digest is from.
    var source = ""
  }

  private static let longestList = 1 << 28

  private let portal: Portal
  private let asksProviders: Bool
  private let warn: (String) -> Void
  private var lists: [String: DigestList] = [:]

  /// - Parameters:
  ///   - portal: the ENCODE portal; providers are asked by its client, which gives its key to nobody else.
  ///   - asksProviders: whether digests that are not recorded are asked for.
  init(portal: Portal, asksProviders: Bool, warn: @escaping (String) -> Void) {
    self.portal = portal
    self.asksProviders = asksProviders
    self.warn = warn
  }

  /// - Throws: `StepFailure`, unavailable or failed, where a provider does not answer.
  mutating func of(_ file: CatalogueSet.File) throws(StepFailure) -> Answer {
    switch file.digest {
    case .md5(let md5, let source): return Answer(md5: md5, source: source)
    case .none: return Answer()
    case .list, .portal:
      if !asksProviders { return Answer() }
    }
    do throws(StepFailure) {
      return try ask(file)
    } catch {
      throw StepFailure(
        error.kind,
        "\(error.message); without digests: set digests to false, and allow_unverified to fetch")
    }
  }

  private mutating func ask(_ file: CatalogueSet.File) throws(StepFailure) -> Answer {
    switch file.digest {
    case .list(let url):
      if lists[url] == nil {
        let text = try portal.text(url, limit: Self.longestList)
        lists[url] = DigestList(text)
      }
      guard let md5 = lists[url]?.md5(of: file.url) else {
        warn("\(url) does not list \(file.name)")
        return Answer()
      }
      return Answer(md5: md5, source: url)
    case .portal(let name):
      guard let item = try portal.item("files/\(name)", frame: "object") else {
        warn("\(portal.address) has no file \(name)")
        return Answer()
      }
      let md5 = item["md5sum"]?.string
      return Answer(
        md5: md5, bytes: item["file_size"]?.integer, source: "\(portal.address)/files/\(name)/")
    case .md5, .none: return Answer()
    }
  }
}
