import CSystem
import Files
import Glibc

/// The disk of the state directory: room, kind, speed, and whether its locks lock.
struct DiskCheck {
  /// The state directory, or what is there of the path to it.
  private let place: String

  init(_ stateDirectory: String) {
    var place = (try? Path.real(".")).map { Path.resolve(stateDirectory, from: $0) } ?? "."
    while !Path.exists(place), place != "/" { place = Path.parent(place) }
    self.place = place
  }

  var findings: [Finding] {
    var findings = [room, kind].compactMap { $0 }
    do {
      findings += try tried()
    } catch {
      findings.append(
        .failure(
          "disk", "\(error)", fix: "choose a directory you can write to with --state-dir"))
    }
    return findings
  }

  private var room: Finding? {
    var status = statvfs()
    guard statvfs(place, &status) == 0 else { return nil }
    let bytes = Int(status.f_bavail) * Int(status.f_frsize)
    // Some file systems count no inodes and say 0 of 0.
    let files = status.f_files == 0 ? Int.max : Int(status.f_favail)
    let text = "\(Quantity.text(bytes: bytes)) free at \(place)"
    if bytes < 100_000_000 {
      return .failure("disk", text, fix: "free some, or choose another --state-dir")
    }
    if bytes < 5_000_000_000 {
      return .warning("disk", text, fix: "a genome and its corpus take 10 GB")
    }
    if files < 100_000 {
      return .warning(
        "disk", "\(files) more files at \(place)", fix: "each step takes a few: free some inodes")
    }
    return .ok("disk", text)
  }

  private var kind: Finding? {
    guard let kind = FileSystemKind(of: place) else { return nil }
    if kind.name == "tmpfs" {
      return .warning(
        "file system",
        "the state directory would be in memory (tmpfs), gone with the machine's next start",
        fix: "choose another --state-dir")
    }
    if kind.isNetwork {
      return .warning(
        "file system",
        "\(kind.name), a network file system: the history is slower there, and only one machine may run in it",
        fix: "where steps need not share it, choose a local --state-dir")
    }
    return .ok("file system", kind.name)
  }

  /// A write that takes longer than this, in seconds, slows runs of many small steps.
  private static let slowSync = 0.05

  /// Writes, locks and times by a file of our own.
  private func tried() throws -> [Finding] {
    let path = "\(place)/.flow-doctor-\(getpid())"
    let file = try FileHandle.create(path)
    defer { unlink(path) }
    var times: [Double] = []
    for _ in 0..<5 {
      let began = monotonicSeconds()
      try file.write([UInt8](repeating: 0x78, count: 4096))
      try file.synchronize()
      times.append(monotonicSeconds() - began)
    }
    let median = times.sorted()[2]
    let text = "\(Quantity.decimal(median * 1000, 1)) ms to bring 4 KiB to the disk"
    var findings: [Finding] = [
      median > Self.slowSync
        ? .warning("disk speed", text, fix: "choose a local disk with --state-dir")
        : .ok("disk speed", text)
    ]
    var status = stat()
    if stat(path, &status) == 0 {
      let skew = abs(Double(status.st_mtim.tv_sec) - now())
      if skew > 5 {
        findings.append(
          .warning(
            "clock", "the disk's clock is \(Quantity.text(seconds: skew)) off this machine's",
            fix: "let both follow the same NTP server"))
      }
    }
    findings.append(locks(path))
    return findings
  }

  private func locks(_ path: String) -> Finding {
    let fix =
      "choose a --state-dir on a file system with locks (NFS: mount with 'local_lock=none' and lockd)"
    guard let first = try? FileHandle.openForReading(path),
      let second = try? FileHandle.openForReading(path)
    else { return .failure("locks", "\(path) cannot be opened twice", fix: fix) }
    guard flock(first.descriptor, LOCK_EX | LOCK_NB) == 0 else {
      return .failure(
        "locks", "a file cannot be locked: \(String(cString: strerror(errno)))", fix: fix)
    }
    guard flock(second.descriptor, LOCK_EX | LOCK_NB) != 0 else {
      return .failure(
        "locks", "a locked file can be locked again: two runs could spoil each other's history",
        fix: fix)
    }
    return .ok("locks", "a locked file stays locked")
  }
}
