import FlowTesting
import Testing

/// Real ranks under each launcher that is installed.
@Suite(
  .enabled(
    if: !MPILauncher.installed.isEmpty, "no MPI is installed: apt-get install openmpi-bin mpich"))
struct MPITests {
  private func run(
    _ launcher: MPILauncher, _ ranks: Int, _ arguments: String..., library: String? = nil
  ) throws -> CommandResult {
    try launcher.start(
      ranks: ranks, ["\(Built.directory)/collective-rank"] + arguments, in: "/tmp",
      environment: library.map { ["FLOW_MPI_LIBRARY": $0] } ?? [:]
    ).wait()
  }

  @Test(arguments: MPILauncher.installed, [1, 2, 3])
  func ranksWorkAsOne(launcher: MPILauncher, ranks: Int) throws {
    let directory = try TemporaryDirectory()
    let result = try run(launcher, ranks, "check", directory.path)
    #expect(result.status == 0, "\(result.errors)")
    for rank in 0..<ranks {
      let line = try directory.read("rank-\(rank)")
      let numbers = (0..<ranks)
      let sums = [numbers.reduce(0, +), ranks, numbers.reduce(0) { $0 + $1 * $1 }]
      let share = 10 * rank / ranks..<10 * (rank + 1) / ranks
      #expect(
        line.hasPrefix(
          "rank \(rank) of \(ranks): sums \(sums), 0 wrong, from rank 0, "
            + "differ \(ranks > 1 ? [1] : []), any \(ranks > 1), share \(share)"))
      #expect(line.contains(launcher.description) || ranks == 1)
    }
  }

  @Test(arguments: MPILauncher.installed)
  func anotherNumberOfRanksThanTheLaunchersIsAnError(launcher: MPILauncher) throws {
    let result = try run(launcher, 2, "mistaken")
    #expect(result.status != 0)
    // Whichever is the first to say so; the launcher then ends the other.
    #expect(
      [0, 1].contains { rank in
        result.output.contains("the launcher started rank \(rank) of 3, but ")
          && result.output.contains(
            " sees rank \(rank) of 2: start flow with this library's own mpirun")
      })
  }

  @Test(arguments: MPILauncher.installed)
  func aMissingLibraryIsToldWithWhatToInstall(launcher: MPILauncher) throws {
    let result = try run(launcher, 2, library: "libnone.so")
    #expect(result.status != 0)
    #expect(
      result.output.contains(
        "error: no MPI library could be opened (libnone.so: cannot open shared object file"))
    #expect(result.output.contains("install Open MPI or MPICH (Debian: openmpi-bin or mpich)"))
  }

  @Test(arguments: MPILauncher.installed)
  func anotherLibraryIsNotTakenForMPI(launcher: MPILauncher) throws {
    let result = try run(launcher, 2, library: "libz.so.1")
    #expect(result.status != 0)
    #expect(result.output.contains("error: libz.so.1 has no MPI_Get_library_version"))
  }
}
