import Files
import FlowTesting
import Glibc
import Testing

/// `flow doctor` tells what is wrong with a machine, and how to mend it.
@Suite struct DoctorTests {
  let work: TemporaryDirectory

  init() throws { work = try TemporaryDirectory() }

  private func doctor(_ environment: [String: String] = [:], _ more: String...) throws -> (
    status: Int, findings: [String: JSON]
  ) {
    let result = try Built.flow(
      ["doctor", "--json"] + more, in: work.path, environment: environment)
    let list = try #require(JSON(parsing: result.output).array, "\(result.output)\(result.errors)")
    let findings = list.map { ($0["subject"]?.string ?? "", $0) }
    return (result.status, Dictionary(findings) { $0["level"] == "OK" ? $1 : $0 })
  }

  @Test func everythingThatRunsNeedIsLookedAt() throws {
    let (_, findings) = try doctor()
    for subject in [
      "flow", "processor", "memory", "shell", "clock", "limits", "GPU", "disk", "file system",
      "disk speed", "locks", "sandbox", "certificates", "Slurm", "plugin encode", "plugin tokenize",
      "plugin pretrain", "plugin finetune", "plugin wafer",
    ] { #expect(findings[subject] != nil, "\(subject)") }
    #expect(findings["locks"]?["level"] == "OK")
    #expect(findings["plugin pretrain"]?["level"] == "OK")
    #expect(
      findings["plugin pretrain"]?["message"]?.string?.contains("OpenBLAS kernels for ") ?? false)
    for (subject, finding) in findings where finding["level"] != "OK" {
      #expect(finding["fix"]?.string?.isEmpty == false, "\(subject) has no fix")
    }
    #expect(try Path.list(work.path) == [], "nothing is left behind")
  }

  @Test func aLibraryThatCannotBeLoadedIsAFailure() throws {
    try Path.createDirectory(work.at("plugins"))
    _ = try ForeignPlugin("probe", into: work.at("plugins"))
    let library = work.at("plugins/libprobe.so")
    // Whole to the eye, and deadly to whoever loads it.
    try WholeFile.write(Array(Path.read(library).prefix(4096)), to: library)
    let (status, findings) = try doctor(["FLOW_PLUGIN_PATH": work.at("plugins")])
    #expect(status == 1)
    #expect(findings["plugin probe"]?["level"] == "FAIL")
    #expect(findings["plugin tokenize"]?["level"] == "OK")
  }

  @Test func aDirectoryWithoutRightsIsAFailure() throws {
    let (status, findings) = try doctor([:], "--state-dir", "/proc/here")
    #expect(status == 1)
    #expect(findings["disk"]?["level"] == "FAIL")
  }

  @Test func aSandboxThatIsTurnedOffIsAWarning() throws {
    let (_, findings) = try doctor(["FLOW_SANDBOX": "off"])
    #expect(findings["sandbox"]?["level"] == "WARN")
  }

  /// A controller that does not answer must not hold it up: Slurm's own commands would wait for minutes.
  @Test(
    .enabled(
      if: ["/usr/bin/sinfo", "/usr/local/bin/sinfo"].contains { Path.exists($0) },
      "Slurm is not installed: apt-get install slurm-client"))
  func aSlurmThatDoesNotAnswerIsAWarning() throws {
    try work.write("slurm.conf", "ClusterName=x\nSlurmctldHost=head(127.0.0.1)\nSlurmctldPort=9\n")
    let (_, findings) = try doctor(["SLURM_CONF": work.at("slurm.conf")])
    #expect(findings["Slurm"]?["level"] == "WARN")
    #expect(findings["Slurm"]?["message"]?.string?.contains("127.0.0.1 port 9") ?? false)
  }

  @Test func aPasswordOfAProxyIsNotShown() throws {
    let (_, findings) = try doctor(["https_proxy": "http://me:c4n4ry@proxy.example:3128"])
    #expect(findings["proxy"]?["message"] == "proxy.example:3128, by https_proxy")
  }
}
