import Files

/// Files whose path matches a pattern: `*` stands for any characters inside a name, `?` for one. Nothing else is
/// special, and hidden files match nothing.
struct FilePattern {
  struct Match: Equatable {
    /// As the pattern is written: relative where that is.
    let path: String
    /// What the wildcards stand for, joined with `_`.
    let name: String
  }

  /// More matches than this are a mistake: the pattern names the wrong directory.
  static let mostMatches = 100_000

  /// Why a pattern cannot be used.
  struct Mistake: Error {
    let message: String
    let fix: String?
  }

  /// The matches of `pattern`, sorted by path.
  ///
  /// - Parameter directory: what a relative pattern begins in.
  static func matches(
    of pattern: String, in directory: String
  ) throws(Mistake) -> [Match] {
    let isAbsolute = pattern.hasPrefix("/")
    let components = pattern.split(separator: "/").filter { $0 != "." }.map(String.init)
    guard components.contains(where: hasWildcard) else {
      throw Mistake(
        message: "the pattern '\(pattern)' has no '*' or '?'",
        fix: "write for instance 'data/*.bed'; a single file needs no 'foreach'")
    }
    var found: [(path: String, parts: [String])] = [(isAbsolute ? "" : directory, [])]
    var shown = [isAbsolute ? "/" : ""]
    for (position, component) in components.enumerated() {
      var next: [(path: String, parts: [String])] = []
      var nextShown: [String] = []
      for (index, (path, parts)) in found.enumerated() {
        let prefix = shown[index].isEmpty || shown[index] == "/" ? shown[index] : shown[index] + "/"
        guard hasWildcard(component) else {
          guard Path.exists("\(path)/\(component)") else { continue }
          next.append(("\(path)/\(component)", parts))
          nextShown.append(prefix + component)
          continue
        }
        // What cannot be listed, or is no directory, has no matches.
        let entries = try? Path.entries(path.isEmpty ? "/" : path)
        if let foreign = entries?.foreign.first(where: {
          !$0.hasPrefix(".") && wildcards(of: component, in: $0) != nil
        }) {
          throw Mistake(
            message:
              "the pattern '\(pattern)' matches '\(prefix)\(foreign)', and that name is not UTF-8",
            fix: "rename the file")
        }
        for name in (entries?.names ?? []).sorted() {
          guard !name.hasPrefix("."), let stars = wildcards(of: component, in: name) else {
            continue
          }
          if position + 1 < components.count, !isDirectory("\(path)/\(name)") { continue }
          guard next.count < mostMatches else {
            throw Mistake(
              message: "the pattern '\(pattern)' matches more than 100,000 files",
              fix: "name a directory with fewer")
          }
          next.append(("\(path)/\(name)", parts + stars))
          nextShown.append(prefix + name)
        }
      }
      (found, shown) = (next, nextShown)
    }
    return zip(found, shown).map { found, path in
      Match(path: path, name: found.parts.filter { !$0.isEmpty }.joined(separator: "_"))
    }.sorted { $0.path < $1.path }
  }

  static func hasWildcard(_ text: String) -> Bool {
    text.contains("*") || text.contains("?")
  }

  private static func isDirectory(_ path: String) -> Bool {
    // A link to a directory is one too.
    (try? Path.entries(path)) != nil
  }

  /// What the wildcards of a component stand for in a name, each as short as can be; nil where it does not match.
  ///
  /// Goes back only to the last `*`, so that the time is bounded by the product of the lengths.
  static func wildcards(of component: String, in name: String) -> [String]? {
    let pattern = Array(component.unicodeScalars)
    let text = Array(name.unicodeScalars)
    /// Where in the text each wildcard of the pattern begins and ends.
    var spans: [Range<Int>] = []
    var (p, t) = (0, 0)
    var retry: (p: Int, t: Int, spans: Int)?
    while t < text.count || p < pattern.count {
      if p < pattern.count, pattern[p] == "*" {
        spans.append(t..<t)
        retry = (p, t, spans.count)
        p += 1
      } else if p < pattern.count, t < text.count, pattern[p] == "?" {
        spans.append(t..<t + 1)
        p += 1
        t += 1
      } else if p < pattern.count, t < text.count, pattern[p] == text[t] {
        p += 1
        t += 1
      } else if let last = retry, last.t < text.count {
        // The last `*` takes one character more.
        spans.removeLast(spans.count - last.spans)
        let begin = spans[last.spans - 1].lowerBound
        spans[last.spans - 1] = begin..<last.t + 1
        retry = (last.p, last.t + 1, last.spans)
        p = last.p + 1
        t = last.t + 1
      } else {
        return nil
      }
    }
    return spans.map { span in
      var part = ""
      part.unicodeScalars.append(contentsOf: text[span])
      return part
    }
  }
}
