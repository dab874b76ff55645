extension MPICalls where Handle == Int32 {
  /// The functions of MPICH and of the libraries that keep to its binary interface, Intel MPI and
  /// MVAPICH among them (https://www.mpich.org/abi/). Handles are numbers; these stand in its `mpi.h`
  /// since version 3.1.
  static func mpich(_ library: SharedLibrary) throws(CollectiveError) -> MPICalls {
    let constants = Constants(
      world: 0x4400_0000, float: 0x4c00_040a, double: 0x4c00_080b, byte: 0x4c00_010d,
      sum: 0x5800_0003, returnErrors: 0x5400_0001, noRequest: 0x2c00_0000,
      inPlace: UnsafeMutableRawPointer(bitPattern: -1),
      ignoreStatus: UnsafeMutableRawPointer(bitPattern: 1))
    let initialize = try library.function("MPI_Init_thread", as: Initialize.self)
    let finalize = try library.function("MPI_Finalize", as: Finalize.self)
    let setErrorHandler = try library.function("MPI_Comm_set_errhandler", as: SetHandler.self)
    let rank = try library.function("MPI_Comm_rank", as: Number.self)
    let size = try library.function("MPI_Comm_size", as: Number.self)
    let barrier = try library.function("MPI_Barrier", as: Barrier.self)
    let broadcast = try library.function("MPI_Bcast", as: Broadcast.self)
    let allReduce = try library.function("MPI_Allreduce", as: AllReduce.self)
    let startAllReduce = try library.function("MPI_Iallreduce", as: StartAllReduce.self)
    let test = try library.function("MPI_Test", as: Test.self)
    let wait = try library.function("MPI_Wait", as: Wait.self)
    return MPICalls(
      constants: constants, initialize: { initialize(nil, nil, $0, $1) }, finalize: { finalize() },
      setErrorHandler: { setErrorHandler($0, $1) }, rank: { rank($0, $1) }, size: { size($0, $1) },
      barrier: { barrier($0) }, broadcast: { broadcast($0, $1, $2, $3, $4) },
      allReduce: { allReduce($0, $1, $2, $3, $4, $5) },
      startAllReduce: { startAllReduce($0, $1, $2, $3, $4, $5, $6) }, test: { test($0, $1, $2) },
      wait: { wait($0, $1) })
  }

  private typealias Initialize =
    @convention(c) (
      UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, Int32, UnsafeMutablePointer<Int32>
    ) -> Int32
  private typealias Finalize = @convention(c) () -> Int32
  private typealias SetHandler = @convention(c) (Int32, Int32) -> Int32
  private typealias Number = @convention(c) (Int32, UnsafeMutablePointer<Int32>) -> Int32
  private typealias Barrier = @convention(c) (Int32) -> Int32
  private typealias Broadcast =
    @convention(c) (UnsafeMutableRawPointer?, Int32, Int32, Int32, Int32) -> Int32
  private typealias AllReduce =
    @convention(c) (
      UnsafeRawPointer?, UnsafeMutableRawPointer?, Int32, Int32, Int32,
      Int32
    ) -> Int32
  private typealias StartAllReduce =
    @convention(c) (
      UnsafeRawPointer?, UnsafeMutableRawPointer?, Int32, Int32, Int32,
      Int32, UnsafeMutablePointer<Int32>
    ) -> Int32
  private typealias Test =
    @convention(c) (
      UnsafeMutablePointer<Int32>, UnsafeMutablePointer<Int32>, UnsafeMutableRawPointer?
    ) -> Int32
  private typealias Wait =
    @convention(c) (UnsafeMutablePointer<Int32>, UnsafeMutableRawPointer?) -> Int32
}
