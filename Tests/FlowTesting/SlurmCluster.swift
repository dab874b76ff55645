import Files
import Glibc

/// A real Slurm of one node on this machine, which ends with this process.
public final class SlurmCluster: Sendable {
  /// Whether Slurm's daemons are here, and this process may run them.
  public static let canBeStarted =
    getuid() == 0 && Path.exists("/usr/sbin/slurmctld") && Path.exists("/usr/sbin/munged")

  /// One for all tests that do not disturb others.
  public static let shared = Result { try SlurmCluster() }

  private let directory: String
  /// In which Slurm's commands find it.
  public var environment: [String: String] { ["SLURM_CONF": "\(directory)/slurm.conf"] }

  public init() throws {
    var template = Array("/tmp/flow-slurm-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw FileError("create", "a temporary directory", errno: errno)
    }
    directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    try run("start", "\(getpid())")
  }

  deinit { try? stop() }

  public func stop() throws { try run("stop") }
  public func stopController() throws { try run("controller-stop") }
  public func startController() throws { try run("controller-start") }

  private func run(_ command: String, _ more: String...) throws {
    let result = try RunningCommand(
      "\(Built.sourceTree())/scripts/slurm-cluster.sh", [command, directory] + more, in: "/tmp"
    ).wait()
    guard result.status == 0 else {
      throw FileError(command, "a Slurm in \(directory)", reason: result.errors)
    }
  }

  /// Runs one of Slurm's commands and returns what it prints.
  @discardableResult
  public func ask(_ command: String, _ arguments: String...) throws -> String {
    try RunningCommand("/usr/bin/\(command)", arguments, in: "/tmp", environment: environment)
      .wait().output
  }
}
