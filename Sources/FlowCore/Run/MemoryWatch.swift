import Files
import Glibc

/// Looks now and then how much memory the running steps use.
///
/// What counts is what only they can give back: anonymous and shared memory and what of it was swapped out, of a
/// step's process and all that it started. Files that are mapped are the kernel's to drop, and do not count.
/// Between two looks a step may use more than it was given; the limit is no wall.
struct MemoryWatch {
  /// Seconds between two looks.
  static let interval = 0.5
  private var last = 0.0
  /// What was used, in bytes, by the attempts that were ended for it.
  private var used: [Int: Int] = [:]

  /// Those of the running tasks that use more than they were given.
  mutating func exceeding(_ running: [WorkflowRun.RunningTask]) -> [WorkflowRun.RunningTask] {
    let moment = monotonicSeconds()
    guard moment - last >= Self.interval else { return [] }
    last = moment
    let watched = running.filter {
      $0.resources.memory != nil && $0.resources.isMemoryEnforced
        && $0.execution.processID != nil && used[$0.attempt] == nil
    }
    guard !watched.isEmpty else { return [] }
    let processes = ProcessTable()
    var exceeding: [WorkflowRun.RunningTask] = []
    for task in watched {
      guard let id = task.execution.processID, let limit = task.resources.memory else { continue }
      let bytes = processes.memory(of: id)
      guard bytes > limit else { continue }
      used[task.attempt] = bytes
      exceeding.append(task)
    }
    return exceeding
  }

  /// Says of an attempt that was ended for its memory that it was.
  mutating func judge(_ outcome: inout StepOutcome, of task: WorkflowRun.RunningTask) {
    guard let bytes = used.removeValue(forKey: task.attempt), outcome.kind != .done else { return }
    outcome.kind = .failed
    outcome.limit = .memory
    outcome.message =
      "it used \(Quantity.text(bytes: bytes)) of memory and may use "
      + "\(Quantity.text(bytes: task.resources.memory ?? 0)): it was ended; "
      + "raise 'memory:' under 'resources:', or write {start: …, enforce: false} where it is a guess"
  }
}

/// The processes of this machine and who started them, as `/proc` shows them
/// (https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html).
struct ProcessTable {
  /// The processes that each has started, and those in the group that is called after it.
  private var related: [Int: [Int]] = [:]

  init() {
    for name in (try? Path.list("/proc")) ?? [] {
      guard let id = Int(name), let text = try? Path.readText("/proc/\(name)/stat", limit: 4096),
        // The second field is a name in brackets that may hold anything.
        let end = text.lastIndex(of: ")")
      else { continue }
      // State, parent, group …
      let fields = text[text.index(after: end)...].split(separator: " ", maxSplits: 3)
      guard fields.count > 2, let parent = Int(fields[1]), let group = Int(fields[2]) else {
        continue
      }
      related[parent, default: []].append(id)
      if group != id { related[group, default: []].append(id) }
    }
  }

  /// The memory that a process and all that it started use, in bytes.
  func memory(of id: Int) -> Int {
    var seen: Set<Int> = [id]
    var open = [id]
    var own = 0
    var shared = 0
    while let next = open.popLast() {
      let used = Self.memory(ofProcess: next)
      own += used.own
      // The processes of a step share it with each other: once is enough.
      shared = max(shared, used.shared)
      for other in related[next, default: []] where seen.insert(other).inserted {
        open.append(other)
      }
    }
    return own + shared
  }

  private static func memory(ofProcess id: Int) -> (own: Int, shared: Int) {
    // A process that has just ended uses nothing.
    let text = (try? Path.readText("/proc/\(id)/status", limit: 1 << 14)) ?? ""
    var own = 0
    var shared = 0
    for line in text.split(separator: "\n") {
      let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
      guard words.count == 3, let kilobytes = Int(words[1]) else { continue }
      switch words[0] {
      case "RssAnon:", "VmSwap:": own += kilobytes * 1024
      case "RssShmem:": shared = kilobytes * 1024
      default: break
      }
    }
    return (own, shared)
  }
}
