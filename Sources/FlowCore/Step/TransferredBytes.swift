import Files
import Glibc

/// What a process and all children that it waited for have read and written through read and write calls: files, pipes
/// and terminals alike (`rchar` and `wchar` of https://docs.kernel.org/filesystems/proc.html#proc-pid-io).
///
/// The kernel keeps the sums until the process is waited for, so they are read once, exact, when it has ended.
enum TransferredBytes {
  /// The sums of a child that has ended and was not waited for yet.
  ///
  /// - Parameter blocking: whether to wait for its end.
  /// - Returns: nil where it has not ended, or the kernel does not count.
  static func ofEnded(_ pid: pid_t, blocking: Bool) -> (read: Int, written: Int)? {
    var info = siginfo_t()
    while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT | (blocking ? 0 : WNOHANG)) != 0 {
      guard errno == EINTR else { return nil }
    }
    // WNOHANG with nothing to tell leaves the structure as it was.
    guard info.si_signo == SIGCHLD,
      let text = try? Path.readText("/proc/\(pid)/io", limit: 4096)
    else { return nil }
    var counts: [Substring: Int] = [:]
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: ":")
      if parts.count == 2 { counts[parts[0]] = Int(parts[1].dropFirst()) }
    }
    guard let read = counts["rchar"], let written = counts["wchar"] else { return nil }
    return (read, written)
  }
}
