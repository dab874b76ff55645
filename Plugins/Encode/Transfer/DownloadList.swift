import Files
import FlowPlugin

/// Reads a list of files to fetch: tab-separated values with a header.
///
/// Columns are found by name: `url`, `name`, `bytes`, `sha256`, `md5`, or those of the ENCODE portal's
/// `metadata.tsv` (`File download URL`, `Size`, `md5sum`, `s3_uri`;
/// https://www.encodeproject.org/help/batch-download/). Other columns are ignored, as are lines that begin with `#`,
/// but for the first line of a lock file, which tells its version: `# flow.encode.lock/1`.
struct DownloadList {
  /// What a list says.
  struct Contents {
    var downloads: [Download] = []
    /// What its user should know: files that the portal has withdrawn.
    var warnings: [String] = []
  }

  private static let columnNames: [(column: Column, names: [String])] = [
    (.url, ["url", "File download URL"]), (.mirrors, ["mirrors"]), (.store, ["s3_uri"]),
    (.name, ["name"]), (.bytes, ["bytes", "Size"]), (.sha256, ["sha256"]),
    (.md5, ["md5", "md5sum"]), (.contentMD5, ["content_md5", "content_md5sum"]),
    (.accession, ["accession", "File accession"]), (.status, ["status", "File Status"]),
    (.successor, ["superseded_by"]),
  ]
  /// Of a file that should not be used without a thought
  /// (https://www.encodeproject.org/help/data-organization/ and the portal's schema of files).
  private static let withdrawn: Set<String> = [
    "revoked", "archived", "replaced", "deleted", "content error", "upload failed",
  ]
  private static let versionMark = "# flow.encode.lock/"
  private static let mostRows = 1_000_000
  private static let mostMirrors = 8

  private enum Column: Hashable {
    case url, mirrors, store, name, bytes, sha256, md5, contentMD5, accession, status, successor
  }

  private let path: String
  private let directory: String
  private let allowsUnverified: Bool

  /// - Parameter allowsUnverified: whether a row may have no digest.
  init(_ path: String, allowsUnverified: Bool) throws {
    self.path = path
    // The list may be a link, as a step's inputs are: what it names lies beside the real one.
    directory = Path.parent(try Path.real(path))
    self.allowsUnverified = allowsUnverified
  }

  /// - Throws: `StepFailure`, invalid, with file and line.
  func read() throws -> Contents {
    let lines = try LineReader(path, longestLine: 1 << 20)
    var columns: [Column: Int]?
    var contents = Contents()
    var lineOfName: [String: Int] = [:]
    while let line = try lines.nextText() {
      if line.hasPrefix(Self.versionMark), line.dropFirst(Self.versionMark.count) != "1" {
        throw wrong(
          lines.lineNumber,
          "it is a lock file of version '\(line.dropFirst(Self.versionMark.count).prefix(20))'; this version of "
            + "flow reads version 1")
      }
      if line.isEmpty || line.hasPrefix("#") { continue }
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard let columns else {
        columns = try header(fields, lines.lineNumber)
        continue
      }
      func field(_ column: Column) -> String? {
        guard let position = columns[column], position < fields.count else { return nil }
        return fields[position].isEmpty ? nil : String(fields[position])
      }
      let download = try row(field, lines.lineNumber)
      if let first = lineOfName.updateValue(lines.lineNumber, forKey: download.name) {
        throw wrong(
          lines.lineNumber,
          "the name '\(download.name)' is taken by line \(first); give one of them another in a "
            + "column 'name'")
      }
      contents.downloads.append(download)
      if let warning = warning(field) { contents.warnings.append(warning) }
      if contents.downloads.count > Self.mostRows {
        throw wrong(lines.lineNumber, "it lists more than \(Self.mostRows) files")
      }
    }
    guard !contents.downloads.isEmpty else {
      throw StepFailure(.invalid, "\(path): it lists no files")
    }
    return contents
  }

  private func header(_ fields: [Substring], _ line: Int) throws(StepFailure) -> [Column: Int] {
    var columns: [Column: Int] = [:]
    for (position, field) in fields.enumerated() {
      for (column, names) in Self.columnNames where names.contains(String(field)) {
        if columns.updateValue(position, forKey: column) != nil {
          throw wrong(line, "the column '\(field)' stands twice, or beside another of its meaning")
        }
      }
    }
    guard columns[.url] != nil else {
      throw wrong(
        line,
        "no column 'url' or 'File download URL' in the header; the list must be tab-separated")
    }
    return columns
  }

  private func row(
    _ field: (Column) -> String?, _ line: Int
  ) throws(StepFailure) -> Download {
    guard let address = field(.url) else { throw wrong(line, "no url") }
    let url: Address
    var mirrors: [String] = []
    do throws(Address.Fault) {
      url = try Address(address, from: directory)
      let others = field(.mirrors)?.split(separator: " ").map(String.init) ?? []
      for other in others.prefix(Self.mostMirrors) + (field(.store).map { [$0] } ?? []) {
        let mirror = try Address(other, from: directory).text
        if mirror != url.text, !mirrors.contains(mirror) { mirrors.append(mirror) }
      }
    } catch { throw wrong(line, error.reason) }
    let name = field(.name) ?? url.lastComponent
    guard Self.isPlain(name) else {
      throw wrong(
        line,
        "'\(name.prefix(80))' cannot be a file's name here: letters, digits and . _ - + ~ = , @ only, not "
          + "beginning with a dot or dash; set another in a column 'name'")
    }
    var download = Download(address: address, url: url.text, mirrors: mirrors, name: name)
    if let text = field(.bytes) {
      guard let bytes = Int(text), bytes >= 0 else {
        throw wrong(line, "'\(text.prefix(40))' is not a number of bytes")
      }
      download.bytes = bytes
    }
    download.sha256 = try digest(field(.sha256), 64, "sha256", line)
    download.md5 = try digest(field(.md5), 32, "md5", line)
    download.contentMD5 = try digest(field(.contentMD5), 32, "md5", line)
    guard download.hasDigest || allowsUnverified else {
      throw wrong(
        line,
        "no sha256 and no md5 for \(address); add one, or set allow_unverified to trust the source")
    }
    return download
  }

  /// Words about a file that the portal has withdrawn, with the one that takes its place.
  private func warning(_ field: (Column) -> String?) -> String? {
    guard let status = field(.status), Self.withdrawn.contains(status) else { return nil }
    func plain(_ text: String?) -> String? {
      text.flatMap { text in
        text.utf8.count <= 100 && text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } ? text : nil
      }
    }
    let who = plain(field(.accession)) ?? plain(field(.url)) ?? "a file"
    guard let successor = plain(field(.successor)) else {
      return "\(who) is \(status); the list names no file in its place"
    }
    return "\(who) is \(status), superseded by \(successor)"
  }

  private func digest(
    _ text: String?, _ length: Int, _ what: String, _ line: Int
  ) throws(StepFailure) -> String? {
    guard let text else { return nil }
    let lower = text.lowercased()
    let isHexadecimal = lower.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
    }
    guard lower.utf8.count == length, isHexadecimal else {
      throw wrong(line, "'\(text.prefix(80))' is not a \(what): \(length) hexadecimal digits")
    }
    return lower
  }

  /// Whether a name is safe to create: no separator, nothing hidden, no option, no clash with the names of
  /// unfinished files.
  private static func isPlain(_ name: String) -> Bool {
    guard let first = name.utf8.first, first != UInt8(ascii: "."), first != UInt8(ascii: "-"),
      name.utf8.count <= 200, !name.hasSuffix(PartialFile.suffix)
    else { return false }
    return name.utf8.allSatisfy {
      switch $0 {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "._-+~=,@".utf8.contains($0)
      }
    }
  }

  private func wrong(_ line: Int, _ reason: String) -> StepFailure {
    StepFailure(.invalid, "\(path):\(line): \(reason)")
  }
}
