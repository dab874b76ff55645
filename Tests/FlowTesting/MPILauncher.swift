import Files

/// A program that starts the ranks of a parallel program, where it is installed.
public struct MPILauncher: Sendable, CustomStringConvertible {
  public let description: String
  private let program: String
  private let options: [String]

  /// The launchers of this machine; tests are skipped, and say so, where there is none.
  public static var installed: [MPILauncher] {
    [
      // As root in a container, and with more ranks than processors, it must be told twice.
      MPILauncher(
        description: "Open MPI", program: "/usr/bin/mpirun.openmpi",
        options: ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none"]),
      MPILauncher(description: "MPICH", program: "/usr/bin/mpirun.mpich", options: []),
    ].filter { Path.exists($0.program) }
  }

  /// Starts `ranks` processes of `command`.
  public func start(
    ranks: Int, _ command: [String], in directory: String, environment: [String: String] = [:]
  ) throws -> RunningCommand {
    try RunningCommand(
      program, options + ["-np", String(ranks)] + command, in: directory, environment: environment)
  }
}
