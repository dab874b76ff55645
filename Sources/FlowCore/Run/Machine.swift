import Files
import Glibc

/// What this machine has to give to steps.
public struct Machine: Sendable {
  public var cpus: Int
  /// In bytes.
  public var memory: Int
  /// The GPUs, by the numbers or names that CUDA_VISIBLE_DEVICES takes.
  public var gpus: [String] = []

  public init(cpus: Int, memory: Int) {
    self.cpus = cpus
    self.memory = memory
  }

  /// The processors and the memory that this process may use: what is there, less what its scheduling
  /// affinity and the control groups above it take away.
  public static var here: Machine {
    let pages = sysconf(Int32(_SC_PHYS_PAGES))
    let pageSize = sysconf(Int32(_SC_PAGESIZE))
    var machine = Machine(
      cpus: affinity ?? sysconf(Int32(_SC_NPROCESSORS_ONLN)), memory: pages * pageSize)
    let membership = (try? Path.readText("/proc/self/cgroup", limit: 1 << 16)) ?? ""
    machine.limit(byGroup: membership, under: "/sys/fs/cgroup")
    machine.cpus = max(1, machine.cpus)
    machine.memory = max(1 << 28, machine.memory)
    machine.gpus = gpusHere
    return machine
  }

  /// The GPUs that CUDA_VISIBLE_DEVICES allows, or where it says nothing, those with a device file
  /// (https://docs.nvidia.com/cuda/cuda-c-programming-guide/#env-vars).
  private static var gpusHere: [String] {
    if let allowed = environment("CUDA_VISIBLE_DEVICES") {
      return allowed.split(separator: ",").map(String.init).filter { $0 != "-1" }
    }
    let names = (try? Path.list("/dev")) ?? []
    return names.filter { $0.hasPrefix("nvidia") }.compactMap { Int($0.dropFirst(6)) }.sorted()
      .map(String.init)
  }

  /// The processors that the scheduler may put this process on (batch systems and `taskset` bind it).
  private static var affinity: Int? {
    let status = (try? Path.readText("/proc/self/status", limit: 1 << 16)) ?? ""
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("Cpus_allowed:") })
    else { return nil }
    // A bit for each processor, as hexadecimal digits with commas between.
    let count = line.dropFirst("Cpus_allowed:".count).compactMap(\.hexDigitValue)
      .reduce(0) { $0 + $1.nonzeroBitCount }
    return count > 0 ? count : nil
  }

  /// Applies `cpu.max` and `memory.max` of a process's group and all groups above it
  /// (https://docs.kernel.org/admin-guide/cgroup-v2.html).
  ///
  /// - Parameters:
  ///   - membership: the text of `/proc/PID/cgroup`.
  ///   - root: where the hierarchy is mounted.
  mutating func limit(byGroup membership: String, under root: String) {
    guard let line = membership.split(separator: "\n").first(where: { $0.hasPrefix("0::/") })
    else { return }
    var names = line.dropFirst("0::".count).split(separator: "/")
    while true {
      let group = ([root] + names.map(String.init)).joined(separator: "/")
      let time = Self.words("\(group)/cpu.max").compactMap { Int($0) }
      // "QUOTA PERIOD", or "max PERIOD". A fraction of a core beyond the whole ones is not promised away.
      if time.count == 2, time[1] > 0 { cpus = min(cpus, max(1, time[0] / time[1])) }
      if let bytes = Self.words("\(group)/memory.max").first.flatMap({ Int($0) }) {
        memory = min(memory, bytes)
      }
      if names.isEmpty { return }
      names.removeLast()
    }
  }

  private static func words(_ path: String) -> [Substring] {
    // Most groups have no such file, which means no limit.
    let text = (try? Path.readText(path, limit: 4096)) ?? ""
    return text.split { $0 == " " || $0 == "\n" }
  }
}
