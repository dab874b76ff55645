import Files

/// One of the processes ("ranks") that a parallel launcher started to run a step together.
///
/// Rank 0 tells and publishes; the others compute, and are silent but for why they fail.
public struct Rank: Equatable, Sendable {
  /// 0 ..< count.
  public let number: Int
  public let count: Int

  /// A step's only process.
  public static let only = Rank(number: 0, count: 1)

  private init(number: Int, count: Int) {
    self.number = number
    self.count = count
  }

  /// What `mpirun`, `mpiexec` and `srun` tell the processes they start; `only` where none did.
  ///
  /// The variables: Open MPI's (https://docs.open-mpi.org, "Environment variables set for MPI
  /// processes"), those of the process management interface of MPICH and its kin, and Slurm's, of
  /// which the number of a job step's tasks is not set in a batch script itself (man srun).
  public static func launched(environment: (String) -> String?) -> Rank {
    let variables = [
      ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"), ("PMI_RANK", "PMI_SIZE"),
      ("SLURM_PROCID", "SLURM_STEP_NUM_TASKS"),
    ]
    for (number, count) in variables {
      if let number = environment(number).flatMap({ Int($0) }),
        let count = environment(count).flatMap({ Int($0) }), (0..<count).contains(number)
      {
        return Rank(number: number, count: count)
      }
    }
    return .only
  }

  /// "1/4", as a worker is told; nil for anything else.
  public init?(text: String) {
    let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let number = numbers[0], let count = numbers[1],
      (0..<count).contains(number)
    else { return nil }
    self.init(number: number, count: count)
  }

  public var text: String { "\(number)/\(count)" }
}
