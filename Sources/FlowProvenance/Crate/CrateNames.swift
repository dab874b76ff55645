import Files

/// Gives each file and directory of a crate its own path, also on file systems that do not tell `a` from `A`.
struct CrateNames {
  private var taken: Set<String> = ["ro-crate-metadata.json", "ro-crate-preview.html", "readme.md"]

  /// `directory/name`, or with a number before the ending where that is taken: `reads-2.fa.gz`.
  mutating func path(_ name: String, in directory: String) -> String {
    let prefix = directory.isEmpty ? "" : "\(directory)/"
    let plain = Self.isUsable(name) ? name : "file"
    let dot = plain.dropFirst().firstIndex(of: ".") ?? plain.endIndex
    var path = prefix + plain
    var number = 1
    while !taken.insert(path.lowercased()).inserted {
      number += 1
      path = "\(prefix)\(plain[..<dot])-\(number)\(plain[dot...])"
    }
    return path
  }

  /// A step's name as that of a directory: what is not a letter, a digit or one of `._=,-` becomes `_`.
  static func directory(forStep name: String) -> String {
    var text = ""
    for scalar in name.unicodeScalars {
      let isPlain =
        scalar.isASCII
        && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
          || "._=,-".unicodeScalars.contains(scalar))
      text.unicodeScalars.append(isPlain ? scalar : "_")
    }
    if text.hasPrefix(".") { text = "_" + text.dropFirst() }
    return String(text.prefix(80))
  }

  private static func isUsable(_ name: String) -> Bool {
    !name.isEmpty && name != "." && name != ".." && !name.contains("/") && name.utf8.count <= 240
  }
}
