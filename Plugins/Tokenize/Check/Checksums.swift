import DNA
import Files

/// Lists of MD5 sums as `md5sum` writes and portals publish them: a hash, white space, a path.
struct Checksums {
  private(set) var findings = Findings()
  /// How many files were compared.
  private(set) var compared = 0

  /// Compares the files that the lists name, by the last component of their paths.
  ///
  /// - Parameter check: called before each file; may throw to stop the work.
  init(lists: [String], files: [String], check: () throws -> Void) throws {
    // What is said of other files is not remembered: a list may be of a whole portal.
    let wanted = Set(files.map(Path.name))
    var named: [String: (hash: String, list: String, line: Int)] = [:]
    for list in lists {
      do {
        _ = try FileHandle.openRegular(list)
        let lines = try LineReader(list, longestLine: 1 << 16)
        while let text = try lines.nextText() {
          if text.isEmpty || text.hasPrefix("#") { continue }
          guard let entry = Checksums.entry(text) else {
            findings.add(
              .error, "checksum-list", "'\(text.prefix(60))' is not an MD5 sum and a path",
              path: list, line: lines.lineNumber)
            continue
          }
          guard wanted.contains(entry.name) else { continue }
          if let first = named[entry.name], first.hash != entry.hash {
            findings.add(
              .error, "checksum-list",
              "a second sum for '\(entry.name)', the first is in \(first.list):\(first.line)",
              path: list, line: lines.lineNumber)
          }
          named[entry.name] = (entry.hash, list, lines.lineNumber)
        }
      } catch {
        try findings.take(error, "checksum-list")
      }
    }
    for file in files {
      guard let expected = named[Path.name(file)] else {
        if !lists.isEmpty {
          findings.add(.warning, "checksum", "no list has its MD5 sum", path: file)
        }
        continue
      }
      try check()
      compared += 1
      do {
        let hash = try StreamingHash.of(file: file, .md5)
        if hash != expected.hash {
          findings.add(
            .error, "checksum",
            "its MD5 sum is \(hash), but \(expected.list):\(expected.line) says \(expected.hash); "
              + "fetch it again", path: file)
        }
      } catch {
        try findings.take(error, "checksum")
      }
    }
  }

  private static func entry(_ text: String) -> (hash: String, name: String)? {
    let words = text.split(maxSplits: 1, whereSeparator: { $0 == " " || $0 == "\t" })
    guard words.count == 2, words[0].utf8.count == 32,
      words[0].utf8.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit })
    else { return nil }
    // md5sum marks files read as binary by a star.
    let path = words[1].drop { $0 == " " || $0 == "*" }
    guard let name = path.split(separator: "/").last else { return nil }
    return (words[0].lowercased(), String(name))
  }
}
