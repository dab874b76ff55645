import CCurl
import Files
import FlowPlugin
import Glibc

/// Fetches files into a directory, several at once, each kept only if it is what its list says.
///
/// One thread and libcurl's multi interface: `run` waits for bytes of any of the running requests. A file
/// stands as NAME.partial until its size and digests are right, then as NAME.
final class Downloader {
  struct Settings {
    /// Requests at one time.
    var parallel = 4
    /// Tries for a file after the first that gained nothing.
    var retries = 5
    /// Seconds without a byte after which a request is given up.
    var stall = 60
    /// Seconds before the second try; doubled each time, at most `longestPause`.
    var firstPause = 1.0
    var longestPause = 60.0
  }

  /// A try that brought as many bytes as this was worth it: the count of tries starts again.
  private static let worthwhile = 1 << 20

  /// A file that is not yet fetched and not under way.
  private struct Waiting {
    var position: Int
    var tries = 0
    var notBefore = 0.0
    /// Whether bytes of an earlier process or try may be used.
    var keeps = true
  }

  private struct Running {
    var transfer: Transfer
    var waiting: Waiting
  }

  private let downloads: [Download]
  private let directory: String
  private let settings: Settings
  private var waiting: [Waiting]
  private var running: [UnsafeMutableRawPointer: Running] = [:]
  private var fetched: [FetchedFile?]
  private var sizes: [Int?]

  init(_ downloads: [Download], into directory: String, _ settings: Settings) {
    self.downloads = downloads
    self.directory = directory
    self.settings = settings
    waiting = downloads.indices.map { Waiting(position: $0) }
    fetched = [FetchedFile?](repeating: nil, count: downloads.count)
    sizes = downloads.map(\.bytes)
  }

  /// - Parameters:
  ///   - progress: called with bytes there and bytes in all (0 while a size is unknown).
  ///   - check: may throw to stop; bytes so far stay for the next attempt.
  /// - Throws: `StepFailure`: invalid where an address or a file is wrong, unavailable where the retries
  ///   did not help, failed otherwise; `FileError`; what `check` throws.
  /// - Returns: the files in the order of the list.
  func run(
    progress: (_ done: Int, _ total: Int) -> Void, check: () throws -> Void
  ) throws -> [FetchedFile] {
    guard curlIsReady, let multi = curl_multi_init() else {
      throw StepFailure(.failed, "libcurl cannot be started")
    }
    defer {
      for (easy, _) in running { curl_multi_remove_handle(multi, easy) }
      running = [:]
      curl_multi_cleanup(multi)
    }
    try Path.createDirectory(directory)
    while !waiting.isEmpty || !running.isEmpty {
      try check()
      try start(multi)
      var active: Int32 = 0
      _ = curl_multi_perform(multi, &active)
      var left: Int32 = 0
      while let message = curl_multi_info_read(multi, &left) {
        guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else {
          continue
        }
        let code = message.pointee.data.result
        curl_multi_remove_handle(multi, easy)
        if let ended = running.removeValue(forKey: easy) { try end(ended, code) }
      }
      report(progress)
      if !waiting.isEmpty || !running.isEmpty { _ = curl_multi_poll(multi, nil, 0, 100, nil) }
    }
    return fetched.compactMap { $0 }
  }

  private func report(_ progress: (Int, Int) -> Void) {
    var done = 0
    for file in fetched { done += file?.bytes ?? 0 }
    for (_, one) in running {
      done += one.transfer.file.count
      if let size = one.transfer.announced { sizes[one.waiting.position] = size }
    }
    progress(done, sizes.contains(nil) ? 0 : sizes.reduce(0) { $0 + ($1 ?? 0) })
  }

  /// Starts requests for the files that may be tried now.
  private func start(_ multi: UnsafeMutableRawPointer) throws {
    var later: [Waiting] = []
    let now = seconds()
    for one in waiting {
      guard running.count < settings.parallel, one.notBefore <= now else {
        later.append(one)
        continue
      }
      let download = downloads[one.position]
      if one.tries == 0, try isThere(one.position) { continue }
      // Without a digest nobody could tell whether two halves belong together.
      let file = try PartialFile(
        path(of: download) + PartialFile.suffix, keeping: one.keeps && download.hasDigest)
      if let bytes = download.bytes {
        if file.count > bytes { try file.restart() }
        if file.count == bytes, bytes > 0 {
          if try settle(file, one.position) == nil { continue }
          later.append(Waiting(position: one.position, keeps: false))
          continue
        }
      }
      let transfer = try Transfer(download, into: file, stall: settings.stall)
      running[transfer.easy] = Running(transfer: transfer, waiting: one)
      curl_multi_add_handle(multi, transfer.easy)
    }
    waiting = later
  }

  private func path(of download: Download) -> String { "\(directory)/\(download.name)" }

  /// Whether an earlier attempt left the whole file; one that is not what the list says is removed.
  private func isThere(_ position: Int) throws -> Bool {
    let path = path(of: downloads[position])
    guard downloads[position].hasDigest, try Path.kind(path) == .file else {
      try Path.remove(path)
      return false
    }
    let file = try PartialFile(path, keeping: true)
    if try settle(file, position) == nil { return true }
    try Path.remove(path)
    return false
  }

  /// Gives the file its final name if it is what the list says.
  ///
  /// - Returns: nil then; else what was expected and what came.
  private func settle(_ file: PartialFile, _ position: Int) throws -> String? {
    let download = downloads[position]
    let digests = try file.finish()
    if let bytes = download.bytes, bytes != file.count {
      return "expected \(bytes) bytes, got \(file.count)"
    }
    if let sha256 = download.sha256, sha256 != digests.sha256 {
      return "expected sha256 \(sha256), got \(digests.sha256)"
    }
    if let md5 = download.md5, md5 != digests.md5 {
      return "expected md5 \(md5), got \(digests.md5)"
    }
    if file.path != path(of: download) {
      try WholeFile.publish(file.path, as: path(of: download))
    }
    sizes[position] = file.count
    fetched[position] = FetchedFile(
      download: download, bytes: file.count, sha256: digests.sha256, md5: digests.md5)
    return nil
  }

  private func end(_ ended: Running, _ code: CURLcode) throws {
    let transfer = ended.transfer
    let download = transfer.download
    let gained = transfer.file.count - transfer.offset
    switch transfer.outcome(code) {
    case .complete:
      if let bytes = download.bytes, transfer.file.count < bytes {
        let reason = "it ended after \(transfer.file.count) of \(bytes) bytes"
        try retry(ended.waiting, gained: gained, reason, pause: nil)
      } else {
        try judge(transfer, ended.waiting)
      }
    case .interrupted(let reason, let pause):
      try retry(ended.waiting, gained: gained, reason, pause: pause)
    case .cannotResume:
      // Perhaps all of it is there already, and only its name is not yet final.
      if try settle(transfer.file, ended.waiting.position) == nil { return }
      try transfer.file.remove()
      if transfer.offset == 0 {
        throw StepFailure(.failed, "\(download.address): the server answers with the wrong range")
      }
      waiting.append(Waiting(position: ended.waiting.position, keeps: false))
    case .refused(let reason):
      throw StepFailure(.failed, "\(download.address): \(reason)")
    case .absent(let reason):
      throw StepFailure(.invalid, "\(download.address): \(reason)")
    }
  }

  /// Compares a complete file with its list.
  private func judge(_ transfer: Transfer, _ one: Waiting) throws {
    let download = transfer.download
    guard let difference = try settle(transfer.file, one.position) else { return }
    try transfer.file.remove()
    if transfer.offset > 0 {
      // The part of an earlier try may be the wrong one: once more, from the first byte.
      waiting.append(Waiting(position: one.position, keeps: false))
      return
    }
    throw StepFailure(
      .failed,
      "\(download.address) is not the file that the list describes: \(difference). What was fetched is "
        + "deleted. Either the list is out of date, or what was sent is damaged or not to be trusted"
    )
  }

  private func retry(_ one: Waiting, gained: Int, _ reason: String, pause: Int?) throws {
    var one = one
    if gained >= Self.worthwhile { one.tries = 0 }
    one.tries += 1
    guard one.tries <= settings.retries else {
      throw StepFailure(
        .unavailable,
        "\(downloads[one.position].address): \(reason) (tried \(one.tries) times; what came so far is "
          + "kept, run again to go on)")
    }
    let backOff = settings.firstPause * Double(1 << min(one.tries - 1, 16))
    one.notBefore = seconds() + min(Double(pause ?? 0) + backOff, settings.longestPause)
    one.keeps = true
    waiting.append(one)
  }
}
