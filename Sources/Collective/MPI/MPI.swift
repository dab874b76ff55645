/// Ranks that an MPI library connects.
final class MPI<Handle: Equatable>: Collective {
  let rank: Int
  let count: Int
  let transport: String
  private let calls: MPICalls<Handle>
  private let library: SharedLibrary
  /// Started sums that may not be done, the oldest first.
  private var requests: [Handle] = []

  /// MPI counts with 32-bit integers; this many bytes or numbers go into one message.
  private static var longestMessage: Int { 1 << 30 }

  /// Initializes the library: once in a process's life.
  init(_ calls: MPICalls<Handle>, _ library: SharedLibrary, version: String)
    throws(CollectiveError)
  {
    self.calls = calls
    self.library = library
    transport = version
    func check(_ code: Int32, _ what: String) throws(CollectiveError) {
      if code != 0 {
        throw CollectiveError("\(what) failed: \(MPILibrary.words(for: code, library))")
      }
    }
    var provided: Int32 = 0
    try check(calls.initialize(calls.constants.funneled, &provided), "MPI_Init_thread")
    let world = calls.constants.world
    try check(
      calls.setErrorHandler(world, calls.constants.returnErrors), "MPI_Comm_set_errhandler")
    var number: Int32 = 0
    try check(calls.rank(world, &number), "MPI_Comm_rank")
    rank = Int(number)
    try check(calls.size(world, &number), "MPI_Comm_size")
    count = Int(number)
  }

  func startSum(_ values: UnsafeMutableBufferPointer<Float>) throws(CollectiveError) {
    let constants = calls.constants
    for start in stride(from: 0, to: values.count, by: Self.longestMessage) {
      let part = values[start..<min(start + Self.longestMessage, values.count)]
      var request = constants.noRequest
      try check(
        calls.startAllReduce(
          constants.inPlace, UnsafeMutableBufferPointer(rebasing: part).baseAddress,
          Int32(part.count), constants.float, constants.sum, constants.world, &request),
        "MPI_Iallreduce")
      requests.append(request)
    }
  }

  func progress() throws(CollectiveError) {
    // A call moves all messages on, whichever request it names; the oldest is done first.
    while var request = requests.first {
      var done: Int32 = 0
      try check(calls.test(&request, &done, calls.constants.ignoreStatus), "MPI_Test")
      if done == 0 { return }
      requests.removeFirst()
    }
  }

  func finishSums() throws(CollectiveError) {
    for var request in requests {
      try check(calls.wait(&request, calls.constants.ignoreStatus), "MPI_Wait")
    }
    requests.removeAll()
  }

  func sum(_ values: inout [Double]) throws(CollectiveError) {
    let constants = calls.constants
    let code = values.withUnsafeMutableBufferPointer {
      calls.allReduce(
        constants.inPlace, $0.baseAddress, Int32($0.count), constants.double, constants.sum,
        constants.world)
    }
    try check(code, "MPI_Allreduce")
  }

  func broadcast(_ bytes: inout [UInt8]) throws(CollectiveError) {
    var length = [rank == 0 ? Double(bytes.count) : 0]
    try sum(&length)
    let total = Int(length[0])
    if bytes.count != total { bytes = [UInt8](repeating: 0, count: total) }
    let code = bytes.withUnsafeMutableBytes { broadcast($0) }
    try check(code, "MPI_Bcast")
  }

  func broadcast(_ values: UnsafeMutableBufferPointer<Float>) throws(CollectiveError) {
    try check(broadcast(UnsafeMutableRawBufferPointer(values)), "MPI_Bcast")
  }

  private func broadcast(_ bytes: UnsafeMutableRawBufferPointer) -> Int32 {
    for start in stride(from: 0, to: bytes.count, by: Self.longestMessage) {
      let code = calls.broadcast(
        bytes.baseAddress.map { $0 + start }, Int32(min(Self.longestMessage, bytes.count - start)),
        calls.constants.byte, 0, calls.constants.world)
      if code != 0 { return code }
    }
    return 0
  }

  func barrier() throws(CollectiveError) {
    try check(calls.barrier(calls.constants.world), "MPI_Barrier")
  }

  func leave() throws(CollectiveError) {
    try finishSums()
    try check(calls.finalize(), "MPI_Finalize")
  }

  private func check(_ code: Int32, _ what: String) throws(CollectiveError) {
    guard code != 0 else { return }
    throw CollectiveError(
      "\(what) failed on rank \(rank): \(MPILibrary.words(for: code, library))")
  }
}
