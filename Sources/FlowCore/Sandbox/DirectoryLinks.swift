import Files
import Glibc

/// The real paths behind the links in a directory and all below it, and below those.
struct DirectoryLinks {
  private var directories: [String]
  private var found: [String] = []
  private var seen: Set<String> = []
  private var entries = 0

  /// A directory with more entries than this is not searched to its end.
  private static let limit = 1_000_000

  init(in directory: String) { directories = [directory] }

  mutating func next() -> String? {
    while found.isEmpty, let directory = directories.popLast() { search(directory) }
    return found.popLast()
  }

  private mutating func search(_ path: String) {
    guard seen.insert(path).inserted, let directory = opendir(path) else { return }
    defer { closedir(directory) }
    while entries < Self.limit, let entry = readdir(directory) {
      entries += 1
      let type = Int32(entry.pointee.d_type)
      // A file system that does not tell the type is asked for each.
      guard type == DT_LNK || type == DT_DIR || type == DT_UNKNOWN else { continue }
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name == "." || name == ".." { continue }
      switch try? Path.kind("\(path)/\(name)") {
      case .directory: directories.append("\(path)/\(name)")
      case .link:
        guard let target = try? Path.real("\(path)/\(name)") else { continue }
        found.append(target)
        if (try? Path.kind(target)) == .directory { directories.append(target) }
      default: continue
      }
    }
  }
}
