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

  /// Kinds by `statfs.f_type` (man 2 statfs; Lustre's and GPFS's headers).
  private static let kinds: [Int: (name: String, isNetwork: Bool)] = [
    0x6969: ("NFS", true), 0xFF53_4D42: ("CIFS", true), 0xFE53_4D42: ("SMB 2", true),
    0x0BD0_0BD0: ("Lustre", true), 0x4750_4653: ("GPFS", true), 0x00C3_6400: ("Ceph", true),
    0x1983_0326: ("BeeGFS", true), 0x0102_1997: ("9P", true), 0x6573_5546: ("FUSE", true),
    0x0102_1994: ("tmpfs", false), 0xEF53: ("ext4", false), 0x5846_5342: ("XFS", false),
    0x9123_683E: ("Btrfs", false), 0x794C_7630: ("overlay", false), 0x2FC1_2FC1: ("ZFS", false),
  ]

  private var kind: Finding? {
    let number = Int(flow_file_system(place))
    guard number >= 0 else { return nil }
    guard let kind = Self.kinds[number] else {
      return .ok("file system", "of kind 0x\(String(number, radix: 16))")
    }
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
