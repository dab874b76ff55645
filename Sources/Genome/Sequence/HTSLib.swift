import CHTS

/// htslib's manners made ours: it is silent, and its error numbers become words.
enum HTSLib {
  /// Keeps htslib from writing to stderr; its callers tell what failed.
  static func silence() { hts_set_log_level(HTS_LOG_OFF) }

  /// The words for `errcode` of a `BGZF`.
  static func reason(_ code: Int32) -> String {
    if code & BGZF_ERR_CRC != 0 { return "a checksum does not fit" }
    if code & BGZF_ERR_HEADER != 0 { return "a block without its header" }
    if code & BGZF_ERR_ZLIB != 0 { return "a block that cannot be inflated" }
    if code & BGZF_ERR_IO != 0 { return "cut off, or the disk failed" }
    return "error \(code)"
  }
}
