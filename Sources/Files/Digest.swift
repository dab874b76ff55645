import CCrypto

/// A hash computed while bytes stream by, through OpenSSL's libcrypto (which uses SHA-NI where there is one).
///
/// A class, because it owns a C context; not shared between threads.
public final class StreamingHash {
  public enum Algorithm: String, Sendable, CaseIterable {
    case sha256
    /// Only because the ENCODE portal publishes MD5; never used as an identity here.
    case md5
  }

  public let algorithm: Algorithm
  private let context: OpaquePointer?

  public init(_ algorithm: Algorithm) {
    self.algorithm = algorithm
    context = EVP_MD_CTX_new()
    EVP_DigestInit_ex(context, algorithm == .sha256 ? EVP_sha256() : EVP_md5(), nil)
  }

  deinit { EVP_MD_CTX_free(context) }

  public func update(_ bytes: UnsafeRawBufferPointer) {
    EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
  }

  public func update(_ text: String) {
    var text = text
    text.withUTF8 { update(UnsafeRawBufferPointer($0)) }
  }

  /// The digest in lower-case hexadecimal. Ends the hash: call it once.
  public func finish() -> String {
    var digest = [UInt8](repeating: 0, count: 64)
    var count: UInt32 = 0
    EVP_DigestFinal_ex(context, &digest, &count)
    return hexadecimal(digest.prefix(Int(count)))
  }

  /// SHA-256 of a text's UTF-8.
  public static func sha256(of text: String) -> String {
    let hash = StreamingHash(.sha256)
    hash.update(text)
    return hash.finish()
  }

  /// The digest of a file's bytes, read in pieces of 1 MiB.
  public static func of(
    file path: String, _ algorithm: Algorithm = .sha256
  ) throws(FileError) -> String {
    let file = try FileHandle.openForReading(path)
    let hash = StreamingHash(algorithm)
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = try file.read(into: &buffer)
      if count == 0 { return hash.finish() }
      buffer.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }
  }
}

/// Bytes as lower-case hexadecimal.
public func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  var text: [UInt8] = []
  for byte in bytes {
    text.append(digits[Int(byte >> 4)])
    text.append(digits[Int(byte & 15)])
  }
  return String(decoding: text, as: UTF8.self)
}
