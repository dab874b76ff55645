import Dispatch
import Files
import Synchronization

/// Digests of a file that another thread is writing: it reads after the writer, from the system's cache.
///
/// MD5 takes longer than receiving does (0.6 GB/s on a core of 2023), so it has a thread of its own, and several files
/// are hashed side by side. The file itself is the queue between the threads: no copy is kept, memory stays the same
/// however far the hash is behind, and what an earlier process left is hashed in the same way while the rest arrives.
final class FollowingHash: Sendable {
  private static let pieceBytes = 1 << 18
  /// So many bytes are waited for before a thread is woken.
  private static let enough = 1 << 20

  private struct State {
    var written = 0
    var asked = 0
    var isLast = false
    var isAbandoned = false
    var isBusy = false
    var result: Result<FileDigests, FileError>?
  }

  /// What only the thread at work touches.
  private final class Work: @unchecked Sendable {
    // State.isBusy is set by one thread at a time, under the lock, before it touches this.
    var position = 0
    var file: FileHandle?
    var buffer: [UInt8] = []
    var hashes: [(FileDigests.Kind, StreamingHash)] = []
    var content: ContentHash?
  }

  private let path: String
  private let wake: @Sendable () -> Void
  private let state = Mutex(State())
  private let work = Work()

  /// - Parameter wake: called from another thread when the digests are there.
  init(_ path: String, _ kinds: Set<FileDigests.Kind>, wake: @escaping @Sendable () -> Void) {
    self.path = path
    self.wake = wake
    if kinds.contains(.sha256) { work.hashes.append((.sha256, StreamingHash(.sha256))) }
    if kinds.contains(.md5) { work.hashes.append((.md5, StreamingHash(.md5))) }
    if kinds.contains(.contentMD5) { work.content = ContentHash() }
  }

  /// So many bytes are in the file.
  func follow(to count: Int) { advance(to: count, isLast: false) }

  /// The file is whole with so many bytes.
  func finish(at count: Int) { advance(to: count, isLast: true) }

  /// The digests, once `finish` was called and the last byte is hashed; nil before.
  var result: Result<FileDigests, FileError>? { state.withLock { $0.result } }

  /// Nobody wants the digests any more.
  func abandon() { state.withLock { $0.isAbandoned = true } }

  private func advance(to count: Int, isLast: Bool) {
    let starts = state.withLock { state in
      state.written = count
      state.isLast = isLast
      guard !state.isBusy, isLast || count - state.asked >= Self.enough else { return false }
      state.asked = count
      state.isBusy = true
      return true
    }
    if starts { DispatchQueue.global().async { self.catchUp() } }
  }

  private func catchUp() {
    while true {
      let goal = state.withLock { state in
        if state.isAbandoned { return nil as Int? }
        if state.written > work.position { return state.written }
        state.asked = work.position
        if state.isLast, state.result == nil { return work.position }
        state.isBusy = false
        return nil
      }
      guard let goal else { return }
      do throws(FileError) {
        if goal > work.position {
          try hash(to: goal)
        } else {
          end(.success(digests()))
          return
        }
      } catch {
        end(.failure(error))
        return
      }
    }
  }

  private func hash(to goal: Int) throws(FileError) {
    let file: FileHandle
    if let open = work.file {
      file = open
    } else {
      file = try FileHandle.openRegular(path)
      work.file = file
      work.buffer = [UInt8](repeating: 0, count: Self.pieceBytes)
    }
    while work.position < goal {
      let count = try file.read(into: &work.buffer)
      guard count > 0 else {
        throw FileError("read", path, reason: "it has become shorter while it was fetched")
      }
      // Bytes beyond the goal may be there already; they are the file's too.
      work.buffer.withUnsafeBytes { bytes in
        let bytes = UnsafeRawBufferPointer(rebasing: bytes[..<count])
        for (_, hash) in work.hashes { hash.update(bytes) }
        work.content?.update(bytes)
      }
      work.position += count
      if state.withLock({ $0.isAbandoned }) { return }
    }
  }

  private func digests() -> FileDigests {
    var digests = FileDigests()
    for (kind, hash) in work.hashes { digests[kind] = hash.finish() }
    if let content = work.content { digests[.contentMD5] = content.finish() }
    return digests
  }

  private func end(_ result: Result<FileDigests, FileError>) {
    state.withLock {
      $0.result = result
      $0.isBusy = false
    }
    work.file = nil
    wake()
  }
}
