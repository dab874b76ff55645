import Files

/// Whether steps run in a sandbox, and what all of them may reach beyond their own: the user's word for a whole run.
public struct SandboxPolicy: Sendable {
  /// Whether the user wants it, be it possible here or not.
  let isWanted: Bool
  private let reads: [String]
  private let writes: [String]
  private let landlock: Landlock

  /// - Parameters:
  ///   - isRefused: `--no-sandbox`.
  ///   - environment: FLOW_SANDBOX=off turns the sandbox off; FLOW_SANDBOX_READ and FLOW_SANDBOX_WRITE name further
  ///     paths, with `:` between.
  public init(
    isRefused: Bool = false, environment: (String) -> String? = environment,
    landlock: Landlock = .here
  ) {
    func paths(_ name: String) -> [String] {
      (environment(name) ?? "").split(separator: ":").map(String.init)
    }
    isWanted = !isRefused && environment("FLOW_SANDBOX") != "off"
    reads = paths("FLOW_SANDBOX_READ")
    writes = paths("FLOW_SANDBOX_WRITE")
    self.landlock = landlock
  }

  /// Whether steps are held to their bounds.
  public var isOn: Bool { isWanted && landlock.isUsable }

  /// What the user should know of what is not as wanted; nil where all is.
  public var warning: String? {
    guard isWanted else { return nil }
    if !landlock.isUsable {
      return "this kernel offers no sandbox (Landlock): steps can read and write whatever you can; "
        + "`flow doctor` says more"
    }
    return nil
  }

  /// The sandbox for a step; nil where it runs without.
  ///
  /// - Parameters:
  ///   - reads: what it is given to read.
  ///   - writes: where it writes.
  func sandbox(
    _ confinement: Confinement, reads: [String], writes: [String]
  ) -> Sandbox? {
    guard isOn, !confinement.isOff else { return nil }
    return Sandbox(
      confinement, reads: reads + self.reads, writes: writes + self.writes)
  }
}

extension StepRequest {
  /// The sandbox of the step's worker; nil where it runs without.
  ///
  /// Processes of a parallel launcher run without: they work on each other's memory, which no two sandboxes may.
  var sandbox: Sandbox? {
    guard rank.count == 1 else { return nil }
    var reads = inputs.flatMap(\.paths) + [Path.parent(plugin.manifest.path)]
    if let library = plugin.library { reads.append(Path.parent(library)) }
    var writes = [outputDirectory, scratchDirectory]
    let asked = operation.confinement.joined(with: confinement)
    if asked.network, let shared = SharedDirectory.path { writes.append(shared) }
    return policy.sandbox(asked, reads: reads, writes: writes)
  }
}

extension ScriptRequest {
  /// The sandbox of the script; nil where it runs without.
  ///
  /// - Parameter command: the file that bash is given.
  func sandbox(command: String) -> Sandbox? {
    policy.sandbox(
      confinement, reads: inputs.flatMap(\.paths) + [command],
      writes: [outputDirectory, workDirectory])
  }
}
