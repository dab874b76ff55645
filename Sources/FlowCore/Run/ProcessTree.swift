import Files
import Glibc

/// The processes that a process started, as Linux tells of them (https://man7.org/linux/man-pages/man5/proc.5.html).
public enum ProcessTree {
  /// More processes than this are not looked at: a look must stay short.
  private static let limit = 4096

  /// The memory in use by all that `pid` started, directly or not, in bytes; `pid` itself is counted where
  /// `isIncluded`. Pages that processes share are counted for each of them.
  ///
  /// - Returns: nil where the kernel does not tell who started whom.
  public static func memory(under pid: Int, isIncluded: Bool = false) -> Int? {
    guard Path.exists("/proc/\(pid)/task/\(pid)/children") else { return nil }
    let pageSize = sysconf(Int32(_SC_PAGESIZE))
    var pages = isIncluded ? residentPages(of: pid) : 0
    var pending = children(of: pid)
    var seen = 0
    while let child = pending.popLast(), seen < limit {
      seen += 1
      pages += residentPages(of: child)
      pending += children(of: child)
    }
    return pages * pageSize
  }

  /// Children belong to the thread that started them.
  private static func children(of pid: Int) -> [Int] {
    let threads = (try? Path.list("/proc/\(pid)/task")) ?? []
    return threads.flatMap { thread in
      let text = (try? Path.readText("/proc/\(pid)/task/\(thread)/children", limit: 1 << 20)) ?? ""
      return text.split(separator: " ").compactMap { Int($0) }
    }
  }

  private static func residentPages(of pid: Int) -> Int {
    let text = (try? Path.readText("/proc/\(pid)/statm", limit: 4096)) ?? ""
    let fields = text.split(separator: " ")
    return fields.count > 1 ? Int(fields[1]) ?? 0 : 0
  }
}
