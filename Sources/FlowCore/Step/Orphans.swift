import CSystem
import Files
import Glibc

/// Processes that a step leaves behind when it ends.
///
/// A daemon has left its session and its process group, and its parent has gone: no signal to the step reaches it, and
/// what it still writes would be in a result that was hashed already. The kernel gives such processes to whoever asked
/// for them (PR_SET_CHILD_SUBREAPER), and a variable tells whose they were.
enum Orphans {
  /// Holds the directory in which an attempt makes its outputs, which no other ever had.
  static let variable = "FLOW_ATTEMPT"

  /// From now on, what steps leave behind becomes this process's own.
  static func adopt() { flow_adopt_orphans() }

  /// Ends what an attempt has left, and takes leave of what has ended by itself.
  ///
  /// - Parameters:
  ///   - directory: in which the attempt made its outputs.
  ///   - steps: the processes of steps that are still watched.
  /// - Returns: how many had to be ended.
  static func end(leftBy directory: String, sparing steps: Set<pid_t>) -> Int {
    let mark = "\(variable)=\(directory)"
    var ended: Set<pid_t> = []
    // What is ended may have children of its own, which then come here.
    for _ in 0..<100 {
      var isGone = true
      for child in children() where !steps.contains(child) {
        if waitpid(child, nil, WNOHANG) == child { continue }
        guard environment(of: child).contains(where: { $0 == mark }) || ended.contains(child)
        else { continue }
        kill(child, SIGKILL)
        ended.insert(child)
        isGone = false
      }
      if isGone { break }
      usleep(1000)
    }
    return ended.count
  }

  /// Of all threads: the kernel may give an orphan to any.
  private static func children() -> [pid_t] {
    let tasks = "/proc/self/task"
    return ((try? Path.list(tasks)) ?? []).flatMap { thread -> [pid_t] in
      let text = (try? Path.read("\(tasks)/\(thread)/children", limit: 1 << 20)) ?? []
      return text.split(separator: 0x20).compactMap { pid_t(String(decoding: $0, as: UTF8.self)) }
    }
  }

  private static func environment(of process: pid_t) -> [String] {
    ((try? Path.read("/proc/\(process)/environ", limit: 1 << 22)) ?? []).split(separator: 0)
      .map { String(decoding: $0, as: UTF8.self) }
  }
}
