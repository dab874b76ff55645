import Files
import Glibc

/// The batch system and the launchers of parallel programs.
struct ClusterCheck {
  private let sinfo: BoundedProgram?
  private let problem: Finding?

  /// Asks Slurm, if there is one and its controller answers: its own commands wait for minutes where none does.
  init() {
    guard let program = BoundedProgram.find("sinfo"), BoundedProgram.find("sbatch") != nil else {
      sinfo = nil
      problem = .ok("Slurm", "not installed; steps run on this machine")
      return
    }
    let path = environment("SLURM_CONF") ?? "/etc/slurm/slurm.conf"
    guard let settings = Self.settings(path) else {
      sinfo = nil
      problem = .ok("Slurm", "installed, not configured (no \(path)); steps run on this machine")
      return
    }
    guard settings.hosts.contains(where: { Self.answers($0, settings.port) }) else {
      sinfo = nil
      problem = .warning(
        "Slurm",
        "no controller answers at \(settings.hosts.joined(separator: ", ")) port \(settings.port)",
        fix: "start slurmctld, or ask your cluster's administrators; steps can run on this machine")
      return
    }
    sinfo = BoundedProgram(program, ["--noheader", "--format=%P %D %T"], seconds: 1.5)
    problem = nil
  }

  func findings() -> [Finding] { [slurm, launchers].compactMap { $0 } }

  private var slurm: Finding? {
    if let problem { return problem }
    guard let (code, output) = sinfo?.finish(), code == 0 else {
      return .warning("Slurm", "sinfo does not answer", fix: "run `sinfo` and see what it says")
    }
    let lines = output.split(separator: "\n").map(String.init)
    guard !lines.isEmpty else {
      return .warning("Slurm", "it has no partition for you", fix: "ask for an account")
    }
    return .ok("Slurm", "partitions: \(lines.prefix(6).joined(separator: "; "))")
  }

  private var launchers: Finding? {
    let found = ["mpirun", "mpiexec", "srun"].filter { BoundedProgram.find($0) != nil }
    return found.isEmpty ? nil : .ok("MPI", "launchers: \(found.joined(separator: ", "))")
  }

  /// `SlurmctldHost` and `SlurmctldPort` (man slurm.conf); nil without a file.
  static func settings(_ path: String) -> (hosts: [String], port: Int)? {
    guard let text = try? Path.readText(path, limit: 1 << 20) else { return nil }
    var hosts: [String] = []
    var port = 6817
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: "#", omittingEmptySubsequences: false)[0]
        .split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " && $0 != "\t" } }
      guard parts.count == 2 else { continue }
      switch parts[0].lowercased() {
      case "slurmctldhost":
        // NAME or NAME(ADDRESS)
        let names = parts[1].split { "()".contains($0) }
        if let host = names.last { hosts.append(String(host)) }
      case "slurmctldport": port = Int(parts[1].prefix { $0.isNumber }) ?? port
      default: break
      }
    }
    return (hosts, port)
  }

  /// Whether something accepts a connection within 300 ms.
  private static func answers(_ host: String, _ port: Int) -> Bool {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, String(port), &hints, &found) == 0 else { return false }
    defer { freeaddrinfo(found) }
    guard let address = found?.pointee else { return false }
    let file = socket(address.ai_family, Int32(SOCK_STREAM.rawValue), 0)
    guard file >= 0 else { return false }
    defer { close(file) }
    _ = fcntl(file, F_SETFL, O_NONBLOCK)
    if connect(file, address.ai_addr, address.ai_addrlen) == 0 { return true }
    guard errno == EINPROGRESS else { return false }
    var waiting = pollfd(fd: file, events: Int16(POLLOUT), revents: 0)
    var code: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    return poll(&waiting, 1, 300) == 1
      && getsockopt(file, SOL_SOCKET, SO_ERROR, &code, &size) == 0 && code == 0
  }
}
