import Files
import LoopbackPortal
import Synchronization

/// `/files.tsv`: all files of a directory as a list that `encode/fetch` takes.
final class FileList: Sendable {
  static let path = "/files.tsv"

  private let directory: String
  private let portal = Mutex<LoopbackPortal?>(nil)

  init(directory: String) { self.directory = directory }

  /// Which portal the list's addresses lead to.
  func serve(_ portal: LoopbackPortal) { self.portal.withLock { $0 = portal } }

  func answer(_ request: Request) -> Reply? {
    guard request.side == .portal, request.path == Self.path,
      let portal = portal.withLock({ $0 })
    else { return nil }
    let find = LoopbackPortal.directory(directory)
    var text = "# flow.encode.lock/1\n# portal: \(portal.address)\n"
    text += "accession\turl\tmirrors\tmd5\tbytes\tname\n"
    for name in (try? Path.list(directory)) ?? [] {
      guard let file = find(name),
        let md5 = try? StreamingHash.of(file: "\(directory)/\(name)", .md5)
      else { continue }
      text += "\(name.prefix { $0 != "." })\t\(portal.download(name))\t\(portal.store(name))"
      text += "\t\(md5)\t\(file.count)\t\(name)\n"
    }
    return Reply(headers: ["Content-Type: text/tab-separated-values"], body: Array(text.utf8))
  }
}
