import Files

/// What the system tells of memory, in bytes.
struct SystemMemory: Equatable {
  /// What this process may use at most: the machine's memory, or less where a control group says so.
  var limit: Int
  /// What could be had now without swapping.
  var available: Int

  init(limit: Int, available: Int) {
    self.limit = limit
    self.available = available
  }

  /// nil where `/proc` does not tell.
  static var here: SystemMemory? {
    SystemMemory(
      meminfo: text("/proc/meminfo"), membership: text("/proc/self/cgroup"), root: "/sys/fs/cgroup")
  }

  /// - Parameters:
  ///   - meminfo: the text of `/proc/meminfo`.
  ///   - membership: the text of `/proc/self/cgroup`.
  ///   - root: where the hierarchy of control groups is mounted; `memory.max` and `memory.current` of the
  ///     process's group and all above it count (https://docs.kernel.org/admin-guide/cgroup-v2.html).
  init?(meminfo: String, membership: String, root: String) {
    guard let total = Self.kibibytes("MemTotal", in: meminfo),
      let available = Self.kibibytes("MemAvailable", in: meminfo)
    else { return nil }
    limit = total
    self.available = available
    guard let line = membership.split(separator: "\n").first(where: { $0.hasPrefix("0::/") })
    else { return }
    var names = line.dropFirst("0::".count).split(separator: "/")
    while true {
      let group = ([root] + names.map(String.init)).joined(separator: "/")
      if let most = Self.number("\(group)/memory.max") {
        limit = min(limit, most)
        let used = Self.number("\(group)/memory.current") ?? 0
        self.available = min(self.available, max(0, most - used))
      }
      if names.isEmpty { return }
      names.removeLast()
    }
  }

  /// A figure of this process from `/proc/self/status`: `VmRSS`, what it holds now, or `VmHWM`, the most it
  /// ever held, mapped files included.
  static func own(_ name: String) -> Int? { kibibytes(name, in: text("/proc/self/status")) }

  /// How much of the files under `directory` that are mapped into this process is in memory, from
  /// `/proc/self/smaps` (https://docs.kernel.org/filesystems/proc.html).
  static func mapped(under directory: String) -> Int {
    guard let real = try? Path.real(directory) else { return 0 }
    let lines = ((try? Path.readText("/proc/self/smaps", limit: 1 << 26)) ?? "").split(
      separator: "\n")
    var sum = 0
    var isInside = false
    for line in lines {
      if line.hasPrefix("Rss:") {
        if isInside { sum += kibibytes("Rss", in: String(line)) ?? 0 }
      } else if line.split(separator: " ").first?.hasSuffix(":") == false {
        // A mapping's own line: addresses, rights, offset, device, inode, path.
        isInside = line.contains(" \(real)/")
      }
    }
    return sum
  }

  /// The number in a line such as "MemTotal:  24567 kB", in bytes.
  private static func kibibytes(_ name: String, in text: String) -> Int? {
    let line = text.split(separator: "\n").first { $0.hasPrefix("\(name):") }
    return line?.split(whereSeparator: \.isWhitespace).dropFirst().first
      .flatMap { Int($0) }.map { $0 * 1024 }
  }

  private static func text(_ path: String) -> String {
    (try? Path.readText(path, limit: 1 << 16)) ?? ""
  }

  /// nil for "max" and where there is no such file.
  private static func number(_ path: String) -> Int? {
    Int(text(path).filter { !$0.isWhitespace })
  }
}
