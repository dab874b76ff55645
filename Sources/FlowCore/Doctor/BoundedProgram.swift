import Files
import Glibc

/// A program that is given so long and no longer, and what it printed.
final class BoundedProgram {
  private let pid: pid_t
  private let output: Int32
  private let ending: Int32
  private let until: Double

  /// nil where it cannot be started.
  ///
  /// - Parameter seconds: after which it is killed.
  init?(_ executable: String, _ arguments: [String], seconds: Double) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[1]) }
    let spawn = Spawn(
      executable: executable, arguments: [executable] + arguments, input: nil, log: ends[1],
      deathSignal: SIGKILL)
    guard let (pid, ending) = try? spawn.start() else {
      close(ends[0])
      return nil
    }
    self.pid = pid
    self.ending = ending
    output = ends[0]
    until = monotonicSeconds() + seconds
  }

  deinit {
    close(output)
    if ending >= 0 { close(ending) }
  }

  /// Waits for its end.
  ///
  /// - Returns: its exit code, nil where it was killed or crashed, and at most 1 MiB of what it printed.
  func finish() -> (exitCode: Int?, output: String) {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count < 1 << 20 {
      let left = until - monotonicSeconds()
      guard left > 0 else { break }
      var waiting = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
      guard poll(&waiting, 1, Int32(left * 1000) + 1) > 0 else { continue }
      let count = read(output, &chunk, chunk.count)
      if count <= 0 { break }
      bytes += chunk[..<count]
    }
    if monotonicSeconds() >= until { kill(-pid, SIGKILL) }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) != pid && errno == EINTR {}
    kill(-pid, SIGKILL)
    let code = status & 0x7F == 0 ? Int((status >> 8) & 0xFF) : nil
    return (code, String(decoding: bytes, as: UTF8.self))
  }

  /// The path of a program that `PATH` names; nil where none of its directories has it.
  static func find(_ name: String) -> String? {
    (environment("PATH") ?? "").split(separator: ":").map { "\($0)/\(name)" }
      .first { access($0, X_OK) == 0 }
  }
}
