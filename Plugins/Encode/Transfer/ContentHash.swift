import CZlib
import Files

/// MD5 of what a gzip file decompresses to, while its bytes stream by; several members (bgzip) are one content.
///
/// What does not begin like gzip (RFC 1952) is its own content.
final class ContentHash {
  /// No data are a hundred times smaller compressed when they have so many bytes; what claims to be is meant to keep
  /// somebody busy (deflate reaches a thousand times).
  private static let mostContent = (bytes: 1 << 34, ratio: 100)

  private let hash = StreamingHash(.md5)
  private var stream = z_stream()
  private var isGzip: Bool?
  private var begun: [UInt8] = []
  private var isInMember = true
  /// Whether something came after the last member that is none.
  private var isOver = false
  private var compressed = 0
  private var content = 0
  private var fault: String?
  private var buffer = [UInt8](repeating: 0, count: 1 << 17)

  init() {
    // 15 bits of window, and 16 for a gzip wrapper.
    if inflateInit2_(&stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) != Z_OK {
      fault = "zlib cannot be started"
    }
  }

  deinit { inflateEnd(&stream) }

  func update(_ bytes: UnsafeRawBufferPointer) {
    guard fault == nil, !isOver, !bytes.isEmpty else { return }
    switch isGzip {
    case true?: inflate(bytes)
    case false?: hash.update(bytes)
    case nil:
      begun += bytes
      if begun.count >= 2 { begin() }
    }
  }

  private func begin() {
    isGzip = begun.starts(with: [0x1F, 0x8B])
    let bytes = begun
    begun = []
    bytes.withUnsafeBytes { update($0) }
  }

  private func inflate(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes
    compressed += bytes.count
    while !rest.isEmpty {
      if !isInMember {
        // What stands after the last member and is none is no content (gzip ignores it too).
        guard rest.first == 0x1F else {
          isOver = true
          return
        }
        inflateReset(&stream)
        isInMember = true
      }
      let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 24))
      guard inflatePiece(piece) else { return }
      rest = UnsafeRawBufferPointer(rebasing: rest[(piece.count - Int(stream.avail_in))...])
    }
  }

  /// - Returns: false where the data are damaged.
  private func inflatePiece(_ piece: UnsafeRawBufferPointer) -> Bool {
    stream.next_in = UnsafeMutablePointer(
      mutating: piece.baseAddress?.assumingMemoryBound(to: Bytef.self))
    stream.avail_in = UInt32(piece.count)
    while true {
      let code = buffer.withUnsafeMutableBytes { room in
        stream.next_out = room.baseAddress?.assumingMemoryBound(to: Bytef.self)
        stream.avail_out = UInt32(room.count)
        let code = CZlib.inflate(&stream, Z_NO_FLUSH)
        let count = room.count - Int(stream.avail_out)
        hash.update(UnsafeRawBufferPointer(rebasing: room[..<count]))
        content += count
        return code
      }
      if content > Self.mostContent.bytes, content / compressed > Self.mostContent.ratio {
        fault = "content that is more than \(Self.mostContent.ratio) times as large as the file"
        return false
      }
      switch code {
      case Z_STREAM_END:
        isInMember = false
        return true
      case Z_OK where stream.avail_in > 0 || stream.avail_out == 0: continue
      case Z_OK, Z_BUF_ERROR: return true
      default:
        fault = "damaged gzip data"
        return false
      }
    }
  }

  /// The digest, or words where there is none. Call it once.
  func finish() -> String {
    if isGzip == nil { begin() }
    if let fault { return fault }
    if isGzip == true && isInMember { return "truncated gzip data" }
    return hash.finish()
  }
}
