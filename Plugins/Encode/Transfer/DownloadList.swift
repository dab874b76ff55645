import Files
import FlowPlugin

/// Reads a list of files to fetch: tab-separated values with a header.
///
/// Columns are found by name: `url`, `name`, `bytes`, `sha256`, `md5`, or those of the ENCODE portal's
/// `metadata.tsv` (`File download URL`, `Size`, `md5sum`;
/// https://www.encodeproject.org/help/batch-download/). Other columns are ignored.
struct DownloadList {
  private static let columnNames: [(column: Column, names: [String])] = [
    (.url, ["url", "File download URL"]), (.name, ["name"]), (.bytes, ["bytes", "Size"]),
    (.sha256, ["sha256"]), (.md5, ["md5", "md5sum"]),
  ]
  private static let mostRows = 1_000_000

  private enum Column: Hashable { case url, name, bytes, sha256, md5 }

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
  func read() throws -> [Download] {
    let lines = try LineReader(path, longestLine: 1 << 20)
    var columns: [Column: Int]?
    var downloads: [Download] = []
    var lineOfName: [String: Int] = [:]
    while let line = try lines.nextText() {
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
      downloads.append(download)
      if downloads.count > Self.mostRows { throw wrong(lines.lineNumber, "too many rows") }
    }
    guard !downloads.isEmpty else {
      throw StepFailure(.invalid, "\(path): it lists no files")
    }
    return downloads
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
    do throws(Address.Fault) {
      url = try Address(address, from: directory)
    } catch { throw wrong(line, error.reason) }
    let name = field(.name) ?? url.lastComponent
    guard Self.isPlain(name) else {
      throw wrong(
        line,
        "'\(name.prefix(80))' cannot be a file's name here: letters, digits and . _ - + ~ = , @ only, not "
          + "beginning with a dot or dash; set another in a column 'name'")
    }
    var download = Download(address: address, url: url.text, name: name)
    if let text = field(.bytes) {
      guard let bytes = Int(text), bytes >= 0 else {
        throw wrong(line, "'\(text.prefix(40))' is not a number of bytes")
      }
      download.bytes = bytes
    }
    download.sha256 = try digest(field(.sha256), 64, "sha256", line)
    download.md5 = try digest(field(.md5), 32, "md5", line)
    guard download.hasDigest || allowsUnverified else {
      throw wrong(
        line,
        "no sha256 and no md5 for \(address); add one, or set allow_unverified to trust the source")
    }
    return download
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
