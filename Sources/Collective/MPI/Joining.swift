import Glibc

/// Joins the ranks that `mpirun`, `mpiexec` or `srun` started.
public enum Joining {
  /// Opens the launcher's MPI library and joins the others. Once in a process's life; returns when
  /// all ranks have called it.
  ///
  /// - Parameters:
  ///   - rank: this process's number, as the launcher gave it.
  ///   - count: how many processes the launcher started; 1 needs no MPI and opens none.
  /// - Throws: `CollectiveError` where no MPI library is found, or the one that is found sees other
  ///   ranks than the launcher started.
  public static func join(rank: Int, count: Int) throws(CollectiveError) -> any Collective {
    if count <= 1 { return Alone() }
    let library = try open(names(environment: environment))
    let version = try MPILibrary.version(library)
    let collective = try connect(library, version)
    guard collective.count == count, collective.rank == rank else {
      throw CollectiveError(
        "the launcher started rank \(rank) of \(count), but \(library.name) "
          + "(\(collective.transport)) sees rank \(collective.rank) of \(collective.count): "
          + "start flow with this library's own mpirun, name the launcher's library in "
          + "FLOW_MPI_LIBRARY, or under srun add --mpi=pmix (Open MPI) or --mpi=pmi2 (MPICH)")
    }
    return collective
  }

  /// The names under which to look for a library, likeliest first: the launcher's own before others.
  static func names(environment: (String) -> String?) -> [String] {
    if let chosen = environment("FLOW_MPI_LIBRARY"), !chosen.isEmpty { return [chosen] }
    let openMPI = ["libmpi.so.40", "libmpi.so"]
    // Debian's MPICH, then the name that all libraries of its interface share.
    let mpich = ["libmpich.so.12", "libmpi.so.12"]
    let isHydra = environment("PMI_RANK") != nil && environment("OMPI_COMM_WORLD_SIZE") == nil
    return isHydra ? mpich + openMPI : openMPI + mpich
  }

  private static func open(_ names: [String]) throws(CollectiveError) -> SharedLibrary {
    var reasons: [String] = []
    for name in names {
      do throws(CollectiveError) {
        return try SharedLibrary(name)
      } catch { reasons.append(error.description) }
    }
    throw CollectiveError(
      "no MPI library could be opened (\(reasons.joined(separator: "; "))): install Open MPI or "
        + "MPICH (Debian: openmpi-bin or mpich), or name the library in FLOW_MPI_LIBRARY")
  }

  private static func connect(
    _ library: SharedLibrary, _ version: String
  ) throws(CollectiveError) -> any Collective {
    // "Open MPI v4.1.4, package: …"; "MPICH Version:\t4.0.2\nMPICH Release date: …".
    let title = version.prefix { $0 != "," && $0 != "\n" }.split { $0 == " " || $0 == "\t" }
      .filter { $0 != "Version:" }.joined(separator: " ")
    if library.has("ompi_mpi_comm_world") {
      return try MPI(.openMPI(library), library, version: title)
    }
    let followers = ["MPICH", "Intel(R) MPI", "MVAPICH", "CRAY MPICH"]
    if followers.contains(where: version.contains) {
      return try MPI(.mpich(library), library, version: title)
    }
    throw CollectiveError(
      "\(library.name) is '\(title)', whose binary interface is not known; "
        + "use Open MPI, MPICH, Intel MPI or MVAPICH")
  }

  private static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }
}
