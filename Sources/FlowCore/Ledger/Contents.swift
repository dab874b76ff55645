// What the ledger knows of contents, whatever step they belong to.
extension Ledger {
  /// Kind and size of a content; nil where no run has met it.
  public func content(_ sha256: String) throws -> (kind: Manifest.FileType, bytes: Int)? {
    try database.run("SELECT kind, bytes FROM artifacts WHERE sha256 = ?", [.text(sha256)]).first
      .flatMap { row in
        Manifest.FileType(rawValue: row.text("kind") ?? "").map { ($0, row.integer("bytes") ?? 0) }
      }
  }

  /// The files of a directory of this content, sorted by their paths in it; none for a file.
  public func entries(ofDirectory sha256: String) throws -> [Artifact.Entry] {
    try database.run(
      "SELECT path, sha256, bytes FROM directory_entries WHERE directory = ? ORDER BY path",
      [.text(sha256)]
    ).map {
      Artifact.Entry(
        path: $0.text("path") ?? "", sha256: $0.text("sha256") ?? "",
        bytes: $0.integer("bytes") ?? 0)
    }
  }
}
