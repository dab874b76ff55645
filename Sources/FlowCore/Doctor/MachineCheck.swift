import CSystem
import Files
import Glibc

/// Processor, memory, limits, clock and the shell.
enum MachineCheck {
  static var findings: [Finding] {
    [system, processor, memory, shell, clock] + limits + accelerators
  }

  private static var system: Finding {
    let kernel = (try? Path.readText("/proc/sys/kernel/osrelease", limit: 1 << 10)) ?? "unknown\n"
    let libc = flow_libc_version().map { String(cString: $0) } ?? "unknown"
    return .ok("flow", "\(flowVersion), Linux \(kernel.dropLast()), glibc \(libc)")
  }

  private static var processor: Finding {
    let machine = Machine.here
    let there = sysconf(Int32(_SC_NPROCESSORS_ONLN))
    let levels = ProcessorLevel.allCases.filter(\.isPresent)
    let bound = machine.cpus < there ? " of \(there), by affinity or control group" : ""
    let text = "\(machine.cpus) cores\(bound), \(levels.last?.rawValue ?? "no AVX2")"
    if levels.isEmpty {
      return .warning(
        "processor", text, fix: "training needs AVX2 to be of use; other steps run as they are")
    }
    return .ok("processor", text)
  }

  private static var memory: Finding {
    let machine = Machine.here
    let there = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    let bound = machine.memory < there ? " of \(Quantity.text(bytes: there)), by control group" : ""
    let text = "\(Quantity.text(bytes: machine.memory))\(bound)"
    if machine.memory < 2_000_000_000 {
      return .warning("memory", text, fix: "ask the batch system for more: genomes need 4 GB")
    }
    return .ok("memory", text)
  }

  private static var shell: Finding {
    guard access(ShellScript.interpreter, X_OK) == 0 else {
      return .failure(
        "shell", "there is no \(ShellScript.interpreter), which runs steps with 'shell:'",
        fix: "apt-get install bash")
    }
    return .ok("shell", ShellScript.interpreter)
  }

  /// 2025-01-01: no machine that runs this is older.
  private static let earliest = 1_735_689_600.0

  private static var clock: Finding {
    if now() < earliest {
      return .failure(
        "clock",
        "it says a time before this flow was made; certificates and times of files will be wrong",
        fix: "timedatectl set-ntp true")
    }
    return .ok("clock", "plausible")
  }

  private static var limits: [Finding] {
    var findings: [Finding] = []
    let files = flow_limit_of(FLOW_LIMIT_OPEN_FILES)
    if files < 1024 {
      findings.append(
        .warning("limits", "\(files) open files at most", fix: "ulimit -n 4096"))
    }
    let processes = flow_limit_of(FLOW_LIMIT_PROCESSES)
    if processes < 500 {
      findings.append(
        .warning("limits", "\(processes) processes at most", fix: "ulimit -u 4096"))
    }
    for (resource, name, option) in [
      (FLOW_LIMIT_FILE_SIZE, "files of at most", "-f"),
      (FLOW_LIMIT_ADDRESS_SPACE, "an address space of at most", "-v"),
    ] where flow_limit_of(resource) < .max {
      findings.append(
        .warning(
          "limits", "\(name) \(Quantity.text(bytes: Int(flow_limit_of(resource))))",
          fix: "ulimit \(option) unlimited"))
    }
    if findings.isEmpty {
      let text = files == .max ? "unlimited" : "\(files)"
      findings.append(.ok("limits", "\(text) open files"))
    }
    return findings
  }

  /// GPUs by their device files; the libraries are tried in a child by who needs them.
  private static var accelerators: [Finding] {
    let devices = ((try? Path.list("/dev")) ?? []).filter {
      $0.hasPrefix("nvidia") && $0.dropFirst("nvidia".count).allSatisfy(\.isNumber)
        && $0 != "nvidia"
    }
    guard !devices.isEmpty else { return [.ok("GPU", "none; training runs on the processor")] }
    let driver = (try? Path.readText("/proc/driver/nvidia/version", limit: 1 << 12)) ?? ""
    let version = driver.split(separator: " ").first { $0.contains(".") } ?? "unknown"
    if devices.contains(where: { access("/dev/\($0)", R_OK | W_OK) != 0 }) {
      return [
        .warning(
          "GPU", "\(devices.joined(separator: ", ")) cannot be opened",
          fix: "add yourself to the group of /dev/\(devices[0])")
      ]
    }
    return [.ok("GPU", "\(devices.count) of NVIDIA, driver \(version)")]
  }
}
