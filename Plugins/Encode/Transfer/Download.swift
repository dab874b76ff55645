/// One file to fetch, as its list asks for it.
struct Download: Equatable, Sendable {
  /// The address as the list has it; what people are told and the provenance record keeps.
  var address: String
  /// The absolute URL: file, http or https.
  var url: String
  /// The file's name in the output: a plain name.
  var name: String
  /// Expected size in bytes.
  var bytes: Int?
  /// Expected digests, lower-case hexadecimal.
  var sha256: String?
  var md5: String?

  var hasDigest: Bool { sha256 != nil || md5 != nil }
}

/// A file that was fetched and found to be what its list says.
struct FetchedFile: Equatable, Sendable {
  var download: Download
  var bytes: Int
  var sha256: String
  var md5: String
}
