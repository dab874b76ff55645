/// One file to fetch, as its list asks for it.
struct Download: Equatable, Sendable {
  /// The address as the list has it; what people are told and the provenance record keeps.
  var address: String
  /// Absolute URLs where the file is to be had (file, http or https), the first one first; at least one.
  var sources: [String]
  /// The file's name in the output: a plain name.
  var name: String
  /// Expected size in bytes.
  var bytes: Int?
  /// Expected digests, lower-case hexadecimal.
  var sha256: String?
  var md5: String?
  /// MD5 of the bytes that a gzip file decompresses to; of the file itself where it is no gzip.
  var contentMD5: String?

  init(
    address: String, url: String, mirrors: [String] = [], name: String, bytes: Int? = nil,
    sha256: String? = nil, md5: String? = nil, contentMD5: String? = nil
  ) {
    self.address = address
    sources = [url] + mirrors
    self.name = name
    self.bytes = bytes
    self.sha256 = sha256
    self.md5 = md5
    self.contentMD5 = contentMD5
  }

  var hasDigest: Bool { sha256 != nil || md5 != nil || contentMD5 != nil }

  /// The digests to compute: those that the list has, else one by which the file can be known.
  var digestsNeeded: Set<FileDigests.Kind> {
    var kinds: Set<FileDigests.Kind> = []
    if sha256 != nil || !hasDigest { kinds.insert(.sha256) }
    if md5 != nil { kinds.insert(.md5) }
    if contentMD5 != nil { kinds.insert(.contentMD5) }
    return kinds
  }

  /// In which way a file is not the one that is described; nil where it is.
  func difference(bytes count: Int, _ digests: FileDigests) -> String? {
    if let bytes, bytes != count { return "expected \(bytes) bytes, got \(count)" }
    for (kind, expected) in [
      (FileDigests.Kind.sha256, sha256), (.md5, md5), (.contentMD5, contentMD5),
    ] {
      if let expected, digests[kind] != expected {
        return "expected \(kind.rawValue) \(expected), got \(digests[kind] ?? "none")"
      }
    }
    return nil
  }
}

/// A file that was fetched and found to be what its list says.
struct FetchedFile: Equatable, Sendable {
  var download: Download
  var bytes: Int
  var digests: FileDigests
}

/// Digests of one file.
struct FileDigests: Equatable, Sendable {
  enum Kind: String, CaseIterable, Sendable {
    case sha256, md5
    case contentMD5 = "md5 of the decompressed content"
  }

  private var values: [Kind: String] = [:]

  /// Lower-case hexadecimal; words where it could not be computed; nil where nobody asked for it.
  subscript(_ kind: Kind) -> String? {
    get { values[kind] }
    set { values[kind] = newValue }
  }
}
