import Files
import FlowPlugin

/// Where the files of a lock are: in a directory where they were fetched to, or still at their addresses.
struct FilePlaces {
  private let directory: String?
  private let names: Set<String>

  /// - Parameter directory: of fetched files; nil for their addresses.
  init(directory: String?) throws(FileError) {
    self.directory = try directory.map { path throws(FileError) in try Path.real(path) }
    names = Set(try self.directory.map { path throws(FileError) in try Path.list(path) } ?? [])
  }

  /// - Throws: `StepFailure`, invalid, where it is not in the directory.
  func path(of entry: LockEntry) throws(StepFailure) -> String {
    guard let directory else { return entry[.url] }
    guard names.contains(entry.name) else {
      throw StepFailure(
        .invalid,
        "\(entry.name) of the lock is not in \(directory): fetch the lock's files into it first")
    }
    return "\(directory)/\(entry.name)"
  }
}
