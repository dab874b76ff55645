import CSystem
import Files
import Glibc

/// What this kernel's Landlock can do (https://docs.kernel.org/userspace-api/landlock.html).
public struct Landlock: Sendable {
  /// The version of the kernel's interface; 0 where there is none.
  public let abi: Int

  /// This machine's.
  public static let here = Landlock(abi: Int(flow_landlock_abi()))

  /// The first ABI that lets files move between directories, without which too many programs fail.
  static let oldestABI = 2

  public var isUsable: Bool { abi >= Self.oldestABI }
  /// Whether TCP connections can be denied.
  public var coversNetwork: Bool { abi >= 4 }
  /// Whether signals and abstract sockets can be kept inside.
  public var coversSignals: Bool { abi >= 6 }

  /// Rights on files and directories.
  struct Rights: OptionSet {
    let rawValue: UInt64

    init(rawValue: UInt64) { self.rawValue = rawValue }

    private init(_ bits: UInt64...) { rawValue = bits.reduce(0, |) }

    /// What a rule on something that is no directory may hold.
    static let ofFiles = Rights(
      FLOW_LANDLOCK_EXECUTE, FLOW_LANDLOCK_WRITE_FILE, FLOW_LANDLOCK_READ_FILE,
      FLOW_LANDLOCK_TRUNCATE, FLOW_LANDLOCK_IOCTL_DEV)
    /// To read, and to run programs.
    static let read = Rights(
      FLOW_LANDLOCK_EXECUTE, FLOW_LANDLOCK_READ_FILE, FLOW_LANDLOCK_READ_DIR)
    /// To write to what is there.
    static let write = Rights(
      FLOW_LANDLOCK_READ_FILE, FLOW_LANDLOCK_READ_DIR, FLOW_LANDLOCK_WRITE_FILE,
      FLOW_LANDLOCK_TRUNCATE)
    /// A device such as a GPU, whose driver is spoken to by ioctl.
    static let device: Rights = [.write, Rights(FLOW_LANDLOCK_IOCTL_DEV)]
    /// Everything but to make devices.
    static let all: Rights = [
      .read, .write,
      Rights(
        FLOW_LANDLOCK_REMOVE_DIR, FLOW_LANDLOCK_REMOVE_FILE, FLOW_LANDLOCK_MAKE_DIR,
        FLOW_LANDLOCK_MAKE_REG, FLOW_LANDLOCK_MAKE_SOCK, FLOW_LANDLOCK_MAKE_FIFO,
        FLOW_LANDLOCK_MAKE_SYM, FLOW_LANDLOCK_REFER),
    ]

    /// What is denied unless a rule allows it.
    static func handled(abi: Int) -> Rights {
      var rights: Rights = [
        .all, Rights(FLOW_LANDLOCK_MAKE_CHAR, FLOW_LANDLOCK_MAKE_BLOCK, FLOW_LANDLOCK_IOCTL_DEV),
      ]
      if abi < 3 { rights.subtract(Rights(FLOW_LANDLOCK_TRUNCATE)) }
      if abi < 5 { rights.subtract(Rights(FLOW_LANDLOCK_IOCTL_DEV)) }
      return rights
    }
  }

  /// An empty set of rules: all that this kernel can deny is denied, but for the network where it is allowed.
  func rules(network: Bool) throws(FileError) -> FileHandle {
    let denied =
      coversNetwork && !network ? FLOW_LANDLOCK_BIND_TCP | FLOW_LANDLOCK_CONNECT_TCP : 0
    let scopes =
      coversSignals ? FLOW_LANDLOCK_SCOPE_SIGNALS | FLOW_LANDLOCK_SCOPE_ABSTRACT_SOCKETS : 0
    let descriptor = flow_landlock_ruleset(
      Int32(abi), Rights.handled(abi: abi).rawValue, denied, scopes)
    guard descriptor >= 0 else { throw FileError("create", "a sandbox", errno: errno) }
    return FileHandle(descriptor, named: "a sandbox")
  }

  /// Adds a rule; what cannot be in one (a pipe) needs none.
  func allow(_ rights: Rights, on place: SandboxPlace, in rules: FileHandle) throws(FileError) {
    var rights = rights.intersection(.handled(abi: abi))
    if !place.isDirectory { rights.formIntersection(.ofFiles) }
    guard
      flow_landlock_allow(rules.descriptor, place.descriptor, rights.rawValue) == 0
        || errno == EBADFD
    else { throw FileError("allow in the sandbox", place.path, errno: errno) }
  }
}

/// A file or directory, open only as a place in a rule.
final class SandboxPlace: Sendable {
  let path: String
  let descriptor: Int32
  let isDirectory: Bool

  /// nil where nothing is there or it cannot be reached: what cannot be reached needs no rule.
  init?(_ path: String) {
    descriptor = flow_landlock_place(path)
    guard descriptor >= 0 else { return nil }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      close(descriptor)
      return nil
    }
    self.path = path
    isDirectory = status.st_mode & S_IFMT == S_IFDIR
  }

  deinit { close(descriptor) }
}
