extension MPICalls where Handle == OpaquePointer {
  /// The functions of Open MPI, whose handles are the addresses of its own variables
  /// (https://github.com/open-mpi/ompi/blob/v4.1.x/ompi/include/mpi.h.in).
  static func openMPI(_ library: SharedLibrary) throws(CollectiveError) -> MPICalls {
    func handle(_ symbol: String) throws(CollectiveError) -> Handle {
      OpaquePointer(try library.address(symbol))
    }
    let constants = Constants(
      world: try handle("ompi_mpi_comm_world"), float: try handle("ompi_mpi_float"),
      double: try handle("ompi_mpi_double"), byte: try handle("ompi_mpi_byte"),
      sum: try handle("ompi_mpi_op_sum"), returnErrors: try handle("ompi_mpi_errors_return"),
      noRequest: try handle("ompi_request_null"),
      inPlace: UnsafeMutableRawPointer(bitPattern: 1), ignoreStatus: nil)
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
  private typealias SetHandler = @convention(c) (OpaquePointer, OpaquePointer) -> Int32
  private typealias Number = @convention(c) (OpaquePointer, UnsafeMutablePointer<Int32>) -> Int32
  private typealias Barrier = @convention(c) (OpaquePointer) -> Int32
  private typealias Broadcast =
    @convention(c) (UnsafeMutableRawPointer?, Int32, OpaquePointer, Int32, OpaquePointer) -> Int32
  private typealias AllReduce =
    @convention(c) (
      UnsafeRawPointer?, UnsafeMutableRawPointer?, Int32, OpaquePointer, OpaquePointer,
      OpaquePointer
    ) -> Int32
  private typealias StartAllReduce =
    @convention(c) (
      UnsafeRawPointer?, UnsafeMutableRawPointer?, Int32, OpaquePointer, OpaquePointer,
      OpaquePointer, UnsafeMutablePointer<OpaquePointer>
    ) -> Int32
  private typealias Test =
    @convention(c) (
      UnsafeMutablePointer<OpaquePointer>, UnsafeMutablePointer<Int32>, UnsafeMutableRawPointer?
    ) -> Int32
  private typealias Wait =
    @convention(c) (UnsafeMutablePointer<OpaquePointer>, UnsafeMutableRawPointer?) -> Int32
}
