import Files
import Glibc

/// What this machine has to give to steps.
public struct Machine: Sendable {
  public var cpus: Int
  /// In bytes.
  public var memory: Int

  public init(cpus: Int, memory: Int) {
    self.cpus = cpus
    self.memory = memory
  }

  /// The processors that are on line and the memory that is installed.
  public static var here: Machine {
    let pages = sysconf(Int32(_SC_PHYS_PAGES))
    let pageSize = sysconf(Int32(_SC_PAGESIZE))
    return Machine(
      cpus: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), memory: max(1 << 28, pages * pageSize))
  }
}
