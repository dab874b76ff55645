import Files
import Glibc

/// What every step may reach: the system, the programs of `PATH`, `flow` itself and devices that keep nothing.
///
/// Opened once a process and held, since a step's rules are made anew for each.
struct SystemPlaces: Sendable {
  let rules: [(place: SandboxPlace, rights: Landlock.Rights)]

  static let ofProcess = SystemPlaces(environment: environment)

  /// Programs, libraries and their settings: of distributions, of Nix and Guix, of clusters.
  private static let system = [
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/proc", "/sys",
    "/var/lib/ca-certificates", "/var/cache/fontconfig", "/nix/store", "/gnu/store",
    "/run/current-system", "/run/systemd/resolve", "/cvmfs", "/snap",
  ]
  /// Devices that anyone may use, and the shared memory of a machine's processes.
  private static let devices = ["null", "zero", "full", "random", "urandom"]
  /// Accelerators and the networks between them, by the beginning of their names in /dev.
  private static let accelerators = ["nvidia", "dri", "kfd", "infiniband", "accel"]

  init(environment: (String) -> String?) {
    var rules: [(place: SandboxPlace, rights: Landlock.Rights)] = []
    var known: Set<String> = []
    func add(_ path: String, _ rights: Landlock.Rights) {
      guard let real = try? Path.real(path), !Self.isAbove(real, known),
        let place = SandboxPlace(real)
      else { return }
      if rights == .read { known.insert(real) }
      rules.append((place, rights))
    }
    for path in Self.system { add(path, .read) }
    // Where the address of a name server is kept is often a link out of /etc.
    if let resolver = try? Path.real("/etc/resolv.conf") { add(resolver, .read) }
    for name in Self.devices { add("/dev/\(name)", .write) }
    add("/dev/shm", .all)
    for name in (try? Path.list("/dev")) ?? []
    where Self.accelerators.contains(where: { name.hasPrefix($0) }) {
      add("/dev/\(name)", .device)
    }
    for path in Self.ofFlow { add(path, .read) }
    let home = environment("HOME").flatMap { try? Path.real($0) }
    for path in Self.list(environment("PATH")) {
      for path in Self.installation(of: path, home: home) { add(path, .read) }
    }
    for name in ["LD_LIBRARY_PATH", "CUDA_HOME", "CUDA_PATH"] {
      for path in Self.list(environment(name)) where !Self.isTooWide(path, home: home) {
        add(path, .read)
      }
    }
    self.rules = rules
  }

  /// Whether a path lies in what is readable already.
  private static func isAbove(_ path: String, _ known: Set<String>) -> Bool {
    known.contains { path == $0 || path.hasPrefix($0 + "/") }
  }

  private static func list(_ paths: String?) -> [String] {
    (paths ?? "").split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
  }

  /// The directories of `flow` and of the libraries that it runs on, and the program that explains crashes.
  private static var ofFlow: [String] {
    var paths: Set<String> = [Path.parent(Registry.executable)]
    let maps = (try? Path.readText("/proc/self/maps", limit: 1 << 22)) ?? ""
    for line in maps.split(separator: "\n") {
      guard let slash = line.firstIndex(of: "/") else { continue }
      let library = String(line[slash...])
      if library.hasSuffix(".so") || library.contains(".so.") { paths.insert(Path.parent(library)) }
    }
    for path in paths where path.hasSuffix("/lib/swift/linux") {
      paths.insert("\(path.dropLast("/lib/swift/linux".count))/libexec/swift")
    }
    return paths.sorted()
  }

  /// What belongs to the programs in a directory of `PATH`: the whole of a conda or Python environment, elsewhere
  /// the libraries beside it. Never a home directory itself.
  static func installation(of programs: String, home: String?) -> [String] {
    guard let programs = try? Path.real(programs), !isTooWide(programs, home: home) else {
      return []
    }
    let prefix = Path.parent(programs)
    if Path.name(programs) == "shims" {
      // pyenv and its kin: links of a directory whose versions stand beside them.
      return isTooWide(prefix, home: home) ? [programs] : [prefix]
    }
    guard ["bin", "sbin"].contains(Path.name(programs)) else { return [programs] }
    let isWhole = ["conda-meta", "pyvenv.cfg"].contains { Path.exists("\(prefix)/\($0)") }
    if isWhole && !isTooWide(prefix, home: home) {
      return [prefix] + python(of: prefix, home: home)
    }
    return [programs] + ["lib", "lib64", "libexec"].map { "\(prefix)/\($0)" }
  }

  /// The interpreter that a Python environment was made from: `home = …/bin` in its pyvenv.cfg (PEP 405).
  private static func python(of environment: String, home: String?) -> [String] {
    let text = (try? Path.readText("\(environment)/pyvenv.cfg", limit: 1 << 16)) ?? ""
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, parts[0].allSatisfy({ "home ".contains($0) }) else { continue }
      let programs = String(parts[1].drop { $0 == " " })
      guard let real = try? Path.real(programs), !isTooWide(real, home: home) else { return [] }
      return [real] + ["lib", "lib64"].map { "\(Path.parent(real))/\($0)" }
    }
    return []
  }

  /// Whether a path is the root, or a home directory or above one.
  private static func isTooWide(_ path: String, home: String?) -> Bool {
    guard let real = try? Path.real(path), real != "/" else { return true }
    guard let home, home != "/" else { return false }
    return home == real || home.hasPrefix(real + "/")
  }
}
