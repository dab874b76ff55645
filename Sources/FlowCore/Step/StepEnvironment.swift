import Files
import Glibc

/// The variables that a step's process gets: what it needs to run on this machine, and nothing of what a login
/// profile sets for other programs, which must neither decide a result nor be told to every step.
struct StepEnvironment {
  private var variables: [String: String] = [:]

  /// Passed on to all steps.
  private static let names: Set<String> = [
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "LD_LIBRARY_PATH", "GPU_DEVICE_ORDINAL",
    "HDF5_USE_FILE_LOCKING", "MODULEPATH", "MODULESHOME",
  ]
  /// Passed on by the beginning of their names: batch system, accelerators, threads, `flow` and what examines it.
  private static let prefixes = [
    "FLOW_", "SLURM_", "CUDA_", "NVIDIA_", "ROCR_", "HIP_", "OMP_", "GOMP_", "KMP_", "OPENBLAS_",
    "MKL_", "LMOD_", "SWIFT_", "LLVM_PROFILE_", "ASAN_", "TSAN_", "UBSAN_", "LSAN_",
  ]
  /// Passed on to steps that use the network: proxies, certificates, and where requests are counted.
  private static let network: Set<String> = [
    "http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY",
    "NO_PROXY", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "XDG_RUNTIME_DIR",
  ]

  /// - Parameters:
  ///   - all: the environment of this process.
  ///   - hasNetwork: whether the step may use the network.
  ///   - more: further names to pass on.
  init(of all: [String: String], hasNetwork: Bool, more: Set<String> = []) {
    variables = all.filter { name, _ in
      Self.names.contains(name) || Self.prefixes.contains { name.hasPrefix($0) }
        || hasNetwork && Self.network.contains(name) || more.contains(name)
    }
  }

  /// Of a plugin's worker: temporary files go where the step writes.
  init(_ request: StepRequest, secrets: [String: String]) {
    let manifest = request.plugin.manifest
    let asked = request.operation.confinement.joined(with: request.confinement)
    // A parallel launcher talks to its processes by variables of many names.
    let isAlone = request.rank.count == 1
    self.init(
      of: Self.ofProcess, hasNetwork: asked.network,
      more: isAlone ? Set(manifest.environment.map(\.variable)) : Set(Self.ofProcess.keys))
    variables["TMPDIR"] = (try? Path.real(request.scratchDirectory)) ?? request.scratchDirectory
    variables[Orphans.variable] = request.outputDirectory
    // Should the plugin crash, where it did is worth a page in the log, not ten.
    if variables["SWIFT_BACKTRACE"] == nil {
      variables["SWIFT_BACKTRACE"] = "registers=none,images=none,color=no,limit=16"
    }
    variables.merge(secrets) { $1 }
  }

  /// Of a script: its home is the directory it runs in, and its language that of no country, in which `sort` does
  /// the same everywhere.
  init(_ request: ScriptRequest, secrets: [String: String]) {
    self.init(of: Self.ofProcess, hasNetwork: request.confinement.network)
    variables["TMPDIR"] = request.workDirectory
    if !request.confinement.isOff { variables["HOME"] = request.workDirectory }
    variables["LC_ALL"] = "C.UTF-8"
    variables[Orphans.variable] = request.outputDirectory
    variables.merge(secrets) { $1 }
  }

  /// `NAME=VALUE`, sorted.
  var entries: [String] { variables.map { "\($0.key)=\($0.value)" }.sorted() }

  /// This process's own, read once: nothing changes it.
  private static let ofProcess: [String: String] = {
    var all: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
      let text = String(cString: entry)
      if let equals = text.firstIndex(of: "=") {
        all[String(text[..<equals])] = String(text[text.index(after: equals)...])
      }
      next += 1
    }
    return all
  }()
}
