import Files

/// Digest of bytes.
func digest(_ bytes: [UInt8], _ algorithm: StreamingHash.Algorithm = .sha256) -> String {
  let hash = StreamingHash(algorithm)
  bytes.withUnsafeBytes { hash.update($0) }
  return hash.finish()
}
