import Files

/// Ways from one directory to another place.
enum RelativePath {
  /// `path` as seen from `directory`: `../data/x.bed`.
  ///
  /// - Parameters:
  ///   - path: need not exist itself; the directory it stands in must.
  ///   - directory: must exist.
  /// - Throws: `FileError` where a directory cannot be found.
  static func from(_ directory: String, to path: String) throws(FileError) -> String {
    let base = try Path.real(directory).split(separator: "/")
    let target = try absolute(path).split(separator: "/")
    var shared = 0
    while shared < base.count, shared < target.count, base[shared] == target[shared] { shared += 1 }
    let up = Array(repeating: "..", count: base.count - shared)
    let down = target[shared...].map(String.init)
    let parts = up + down
    return parts.isEmpty ? "." : parts.joined(separator: "/")
  }

  /// The absolute path with the links of its directory followed, but not its own: an input that is a link is named
  /// as its user named it.
  private static func absolute(_ path: String) throws(FileError) -> String {
    let name = Path.name(path)
    if name == ".." || name == "." || name == "/" { return try Path.real(path) }
    let parent = try Path.real(Path.parent(path))
    return parent == "/" ? "/\(name)" : "\(parent)/\(name)"
  }
}
