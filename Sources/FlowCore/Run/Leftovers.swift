import Files
import Glibc

/// What a dead engine's steps left running.
///
/// A worker notices that its engine died, and bash is ended by the kernel; the programs that a script had started are
/// neither. They are known by a variable that every process of a run inherits, so that a number which the system has
/// given to another process since is not mistaken for one of them.
enum Leftovers {
  static let variable = "FLOW_RUN"

  /// Ends all processes of these runs on this machine.
  static func end(ofRuns ids: [String]) {
    guard !ids.isEmpty else { return }
    let marks = Set(ids.map { "\(variable)=\($0)" })
    for name in (try? Path.list("/proc")) ?? [] {
      guard let pid = pid_t(name), pid != getpid(),
        // Of other users' processes it cannot be read, and they are none of ours.
        let bytes = try? Path.read("/proc/\(pid)/environ", limit: 1 << 22)
      else { continue }
      let isOurs = bytes.split(separator: 0).contains {
        $0.count < 64 && marks.contains(String(decoding: $0, as: UTF8.self))
      }
      if isOurs { kill(pid, SIGKILL) }
    }
  }
}
