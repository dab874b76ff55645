import Files

/// Examines this machine for what runs need, without running one: `flow doctor`.
public enum Doctor {
  /// All findings, in a fixed order of subjects. Takes a second or two at most: what may hang has a time limit.
  ///
  /// - Parameters:
  ///   - stateDirectory: where runs would keep their results; need not be there.
  ///   - registry: the plugins to try.
  public static func examine(
    stateDirectory: String, registry: Registry, policy: SandboxPolicy
  ) -> [Finding] {
    // Children first: they load libraries while the rest is looked at.
    let loads = PluginLoads(of: registry)
    let cluster = ClusterCheck()
    return MachineCheck.findings + DiskCheck(stateDirectory).findings
      + SandboxCheck.findings(policy) + NetworkCheck.findings + cluster.findings()
      + loads.findings()
  }
}

/// What the sandbox can do here.
enum SandboxCheck {
  static func findings(_ policy: SandboxPolicy, landlock: Landlock = .here) -> [Finding] {
    guard landlock.isUsable else {
      return [
        .warning(
          "sandbox",
          landlock.abi == 0
            ? "this kernel has no Landlock, or does not offer it: steps can read and write whatever you can"
            : "Landlock is of ABI \(landlock.abi), which is too old to be used",
          fix: "Linux 5.19 or later, with 'landlock' in the kernel's lsm= list")
      ]
    }
    guard policy.isOn else {
      return [
        .warning(
          "sandbox", "turned off by FLOW_SANDBOX: steps can read and write whatever you can",
          fix: "unset FLOW_SANDBOX")
      ]
    }
    var held = ["files"]
    if landlock.coversNetwork { held.append("TCP connections") }
    if landlock.coversSignals { held.append("signals and abstract sockets") }
    let text =
      "Landlock ABI \(landlock.abi): steps are held to their bounds in \(held.joined(separator: ", "))"
    if landlock.coversSignals { return [.ok("sandbox", text)] }
    return [
      .warning(
        "sandbox", text, fix: "Linux 6.7 or later also denies connections, 6.12 or later signals")
    ]
  }
}
