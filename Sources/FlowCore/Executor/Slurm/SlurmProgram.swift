import Files
import Glibc

/// A running program of Slurm's: `sbatch`, `squeue`, `scancel`.
///
/// The engine never waits for one: while the controller is down each of them tries for a long time.
final class SlurmProgram {
  struct Result {
    /// The exit code; nil where a signal ended it, and for one that took too long.
    var code: Int?
    /// Standard output and error.
    var text: String

    var isGood: Bool { code == 0 }
  }

  let name: String
  private let pid: pid_t
  private let ending: Int32
  private let output: Int32
  private let deadline: Double
  /// More than any answer; what lies beyond is not read.
  private static let longestAnswer = 256 << 20

  /// - Parameters:
  ///   - secrets: variables that it is not to be given.
  ///   - patience: seconds after which it is ended.
  init(
    _ name: String, _ arguments: [String], without secrets: Set<String> = [], patience: Double
  ) throws {
    self.name = name
    // A file without a name: the program never waits for a reader.
    var file = Array("\(Path.temporary)/flow-\(name)-XXXXXX".utf8CString)
    output = mkstemp(&file)
    guard output >= 0 else { throw FileError("create a file in", Path.temporary, errno: errno) }
    unlink(file)
    _ = fcntl(output, F_SETFD, FD_CLOEXEC)
    guard let path = Self.path(of: name) else {
      close(output)
      throw Self.isMissing(name)
    }
    do {
      (pid, ending) = try Spawn(
        executable: path, arguments: [name] + arguments,
        environment: Self.cleanEnvironment(without: secrets),
        log: output
      ).start()
    } catch {
      close(output)
      throw error
    }
    deadline = monotonicSeconds() + patience
  }

  deinit {
    close(output)
    if ending >= 0 { close(ending) }
  }

  /// What to wait for with `poll(2)`.
  func polled() -> [pollfd] {
    ending < 0 ? [] : [pollfd(fd: ending, events: Int16(POLLIN), revents: 0)]
  }

  /// What came of it; nil while it runs.
  func result() -> Result? {
    var status: Int32 = 0
    let found = waitpid(pid, &status, WNOHANG)
    if found == 0 || (found < 0 && errno == EINTR) {
      if monotonicSeconds() > deadline { kill(-pid, SIGKILL) }
      return nil
    }
    let code = found == pid && status & 0x7F == 0 ? Int((status >> 8) & 0xFF) : nil
    return Result(code: code, text: answer())
  }

  /// Ends it, where the engine ends first.
  func end() {
    kill(-pid, SIGKILL)
    waitpid(pid, nil, 0)
  }

  private func answer() -> String {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count < Self.longestAnswer {
      let count = pread(output, &chunk, chunk.count, off_t(bytes.count))
      guard count > 0 else { break }
      bytes += chunk[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  static func isMissing(_ name: String) -> Diagnostic {
    Diagnostic(
      "there is no \(name) in PATH, and steps are to be jobs of Slurm",
      fix: "run where Slurm's commands are (Debian: slurm-client), or with --executor local")
  }

  static func path(of name: String) -> String? {
    (environment("PATH") ?? "/usr/bin:/bin").split(separator: ":").map { "\($0)/\(name)" }
      .first { access($0, X_OK) == 0 }
  }

  /// This process's environment, less what must not reach a job.
  ///
  /// An engine that itself runs in a job does not hand what Slurm said of that job on to the jobs it submits, a user's
  /// filters for `squeue` must not hide them, and the mark by which an engine finds the processes of its dead
  /// predecessor is for this machine alone: a job outlives its engine on purpose.
  private static func cleanEnvironment(without secrets: Set<String>) -> [String] {
    let kept: Set<String> = ["SLURM_CONF", "SLURM_CLUSTERS"]
    let dropped: Set<String> = [
      Leftovers.variable, "SBATCH_ARRAY_INX", "SBATCH_JOB_NAME", "SBATCH_WAIT", "SBATCH_TEST_ONLY",
    ]
    let prefixes = ["SLURM_", "SLURMD_", "SQUEUE_", "SACCT_", "SCANCEL_", "SCONTROL_"]
    var entries: [String] = []
    var next = environ
    while let entry = next.pointee.map({ String(cString: $0) }) {
      next += 1
      let name = String(entry.prefix { $0 != "=" })
      if dropped.contains(name) || secrets.contains(name)
        || (!kept.contains(name) && prefixes.contains(where: name.hasPrefix))
      {
        continue
      }
      entries.append(entry)
    }
    return entries
  }
}
