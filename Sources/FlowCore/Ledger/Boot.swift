import Files
import Glibc

/// This start of this machine: what was written during it can be read during it, synced or not.
enum Boot {
  /// Different for each start of each machine (proc_sys_kernel(5)); where it cannot be read, for each process, so
  /// that nothing is trusted too far.
  static let id: String = {
    let text = try? Path.readText("/proc/sys/kernel/random/boot_id", limit: 256)
    return text?.split(separator: "\n").first.map(String.init) ?? "process-\(getpid())-\(now())"
  }()

  /// A dirty page goes to the disk after 30 seconds unless the machine is told otherwise (vm.dirty_expire_centisecs);
  /// twice that is taken as sure.
  static let settledAfter = 60.0
}
