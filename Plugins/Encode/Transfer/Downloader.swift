import CCurl
import Files
import FlowPlugin
import Glibc

/// Fetches files into a directory, several at once, each kept only if it is what its list says.
///
/// One thread and libcurl's multi interface for the network; the digests follow on threads of their own. A file stands
/// as NAME.partial until its size and digests are right, then as NAME. Every file goes from `waiting` or the list to
/// `running` (a request is under way) to `verifying` (its last digests are awaited) and back, or is done.
final class Downloader {
  struct Settings {
    /// Requests at one time.
    var parallel = 4
    /// Tries of a source after the first that gained nothing.
    var retries = 5
    /// Seconds without a byte after which a request is given up.
    var stall = 60
    var backOff = BackOff()
    /// The portal: its requests are counted, and the user's key is sent to it alone.
    var portal = Origin(of: "https://www.encodeproject.org")
    /// Where the count of requests is kept that processes share; the user's runtime directory by default.
    var budgetDirectory: String?
    /// Where the user's key is looked for.
    var environment = Environment.ofProcess
  }

  /// What has come so far.
  struct Progress: Equatable {
    var bytes = 0
    /// 0 while a size is unknown.
    var totalBytes = 0
    var files = 0
    var totalFiles = 0
  }

  /// A try that brought a file so many bytes further than any before it was worth it: the count of tries starts again.
  /// Little, for the sake of bad lines; and further than any before, so that a file that has to be begun anew again and
  /// again comes to an end.
  static let worthwhile = 1 << 16
  /// When so many files have failed, no further one is begun.
  private static let mostFailures = 20
  static let mostRedirects = 10

  /// A file that is not yet fetched and not under way.
  struct Waiting {
    let position: Int
    var choice: SourceChoice
    /// What is there of it, once it has been asked for.
    var file: PartialFile?
    /// The most bytes of it that were there when a try was found worth it.
    var reached = 0
  }

  struct Running {
    let transfer: Transfer
    let budget: RequestBudget?
    var waiting: Waiting
  }

  struct Verifying {
    let file: PartialFile
    var waiting: Waiting
    /// Whether it stands under its final name, from an earlier attempt.
    let isFinal: Bool
  }

  let downloads: [Download]
  private let directory: String
  let settings: Settings
  private let key: AccessKey?
  private let multi: MultiHandle
  private var next = 0
  var waiting: [Waiting] = []
  private var running: [ObjectIdentifier: Running] = [:]
  var verifying: [Verifying] = []
  var fetched: [FetchedFile?]
  var failures: [StepFailure] = []
  private var budgets: [Origin: RequestBudget] = [:]
  var sizes: SizeCount

  /// - Throws: `StepFailure`, invalid, where half a key is in the environment.
  init(
    _ downloads: [Download], into directory: String, _ settings: Settings
  ) throws(StepFailure) {
    self.downloads = downloads
    self.directory = directory
    self.settings = settings
    key = try AccessKey.of(settings.environment)
    multi = try MultiHandle(connections: settings.parallel)
    fetched = [FetchedFile?](repeating: nil, count: downloads.count)
    sizes = SizeCount(downloads.map(\.bytes))
  }

  /// - Parameters:
  ///   - progress: called often.
  ///   - check: may throw to stop; bytes so far stay for the next attempt.
  /// - Throws: `StepFailure`: invalid where an address or a file is wrong, unavailable where the retries
  ///   did not help, failed otherwise; `FileError`; what `check` throws. One file's failure comes when the others are
  ///   fetched.
  /// - Returns: the files in the order of the list.
  func run(
    progress: (Progress) -> Void, check: () throws -> Void
  ) throws -> [FetchedFile] {
    try Path.createDirectory(directory)
    try FreeSpace.check(downloads, in: directory)
    var lastReport = 0.0
    while isUnfinished {
      try check()
      try start()
      for (easy, code) in multi.perform() {
        guard let ended = running.removeValue(forKey: ObjectIdentifier(easy)) else { continue }
        sizes.move(ended.waiting.position, to: ended.transfer.file.count)
        try end(ended, code)
      }
      try settleVerified()
      if seconds() - lastReport >= 0.1 || !isUnfinished {
        lastReport = seconds()
        report(progress)
      }
      if isUnfinished { multi.wait(pause) }
    }
    if !failures.isEmpty { throw combined(failures) }
    return fetched.compactMap { $0 }
  }

  private var mayBegin: Bool { next < downloads.count && failures.count < Self.mostFailures }

  private var isUnfinished: Bool {
    mayBegin || !waiting.isEmpty || !running.isEmpty || !verifying.isEmpty
  }

  /// How long nothing needs to be done but when bytes come.
  private var pause: Double {
    guard running.count < settings.parallel,
      let first = waiting.min(by: { $0.choice.notBefore < $1.choice.notBefore })
    else { return 0.1 }
    return min(0.1, max(0.001, first.choice.notBefore - seconds()))
  }

  private func report(_ progress: (Progress) -> Void) {
    for (_, one) in running {
      sizes.move(one.waiting.position, to: one.transfer.file.count)
      if let size = one.transfer.announced { sizes.tell(one.waiting.position, size) }
    }
    progress(
      Progress(
        bytes: sizes.done, totalBytes: sizes.total ?? 0, files: sizes.files,
        totalFiles: downloads.count))
  }

  /// Starts requests for the files that may be tried now: those that wait before those not yet begun.
  private func start() throws {
    let now = seconds()
    let queue = waiting
    waiting = []
    for one in queue {
      if running.count < settings.parallel, one.choice.notBefore <= now {
        try ask(one)
      } else {
        waiting.append(one)
      }
    }
    while mayBegin, running.count < settings.parallel, verifying.count < 2 * settings.parallel,
      waiting.count < 4 * settings.parallel
    {
      defer { next += 1 }
      let one = Waiting(position: next, choice: SourceChoice(downloads[next].sources))
      if try !isThere(one) { try ask(one) }
    }
  }

  func path(of download: Download) -> String { "\(directory)/\(download.name)" }

  private func partial(_ path: String, _ download: Download, keeping: Bool) throws(FileError)
    -> PartialFile
  {
    let waker = multi.waker
    return try PartialFile(path, download.digestsNeeded, keeping: keeping) { waker.wake() }
  }

  /// Whether an earlier attempt left the whole file, which is then looked at.
  private func isThere(_ one: Waiting) throws -> Bool {
    let download = downloads[one.position]
    let path = path(of: download)
    guard try Path.kind(path) == .file, download.hasDigest else {
      try Path.remove(path)
      return false
    }
    verify(try partial(path, download, keeping: true), one, isFinal: true)
    return true
  }

  func verify(_ file: PartialFile, _ one: Waiting, isFinal: Bool) {
    sizes.move(one.position, to: file.count)
    file.finish()
    verifying.append(Verifying(file: file, waiting: one, isFinal: isFinal))
  }

  /// Asks for a file, or for what is missing of it, if its turn has come.
  func ask(_ one: Waiting) throws {
    var one = one
    let download = downloads[one.position]
    let path = path(of: download) + PartialFile.suffix
    if one.file == nil, let bytes = download.bytes, bytes > 0, download.hasDigest,
      try Path.kind(path) == .file, try Path.size(path) == bytes
    {
      return verify(try partial(path, download, keeping: true), one, isFinal: false)
    }
    if let fault = Self.localFault(one.choice.url) {
      return giveUp(one, StepFailure(.invalid, fault))
    }
    let budget = budget(of: one.choice.url)
    if let wait = budget?.take(), wait > 0 {
      one.choice.notBefore = seconds() + wait
      waiting.append(one)
      return
    }
    let file = try one.file ?? partial(path, download, keeping: download.hasDigest)
    if one.file == nil {
      one.file = file
      one.reached = file.count
    }
    // Without a digest nobody could tell whether two halves belong together.
    let goesOn =
      download.hasDigest && !one.choice.ignoresRanges && file.count <= download.bytes ?? .max
    var request = EasyHandle.Request(url: one.choice.url)
    request.stall = settings.stall
    if let origin = Origin(of: request.url), origin == settings.portal, origin.isPrivate {
      request.accessKey = key
      request.usesNetrc = true
    }
    let transfer = try Transfer(download, into: file, request, goesOn: goesOn)
    running[ObjectIdentifier(transfer.easy)] = Running(
      transfer: transfer, budget: budget, waiting: one)
    multi.add(transfer.easy)
  }

  /// Why a local address is not asked: libcurl would wait for a pipe's writer, and read a device without an end.
  private static func localFault(_ url: String) -> String? {
    guard let path = Address.localPath(of: url) else { return nil }
    do throws(FileError) {
      _ = try FileHandle.openRegular(path)
      return nil
    } catch {
      // What is not there or may not be read libcurl tells.
      return error.code == 0 ? error.description : nil
    }
  }

  /// The count of requests of a portal; nil for what is none.
  private func budget(of url: String) -> RequestBudget? {
    guard let origin = Origin(of: url),
      origin == settings.portal || origin.host.hasSuffix("encodeproject.org")
        || url.contains("/@@download/")
    else { return nil }
    if let budget = budgets[origin] { return budget }
    let budget = RequestBudget(origin, directory: settings.budgetDirectory)
    budgets[origin] = budget
    return budget
  }
}
