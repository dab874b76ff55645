/// The functions and constants of MPI that are used here, as one library's binary interface has them
/// (MPI: A Message-Passing Interface Standard, version 3.1, https://www.mpi-forum.org/docs/).
///
/// The standard fixes the source, not the binary: `Handle` is a pointer in Open MPI and a 32-bit
/// integer in MPICH and the libraries that follow its interface. Functions return 0 or an error
/// code.
struct MPICalls<Handle> {
  struct Constants {
    let world, float, double, byte, sum, returnErrors, noRequest: Handle
    /// MPI_IN_PLACE and MPI_STATUS_IGNORE: addresses that are never followed.
    let inPlace, ignoreStatus: UnsafeMutableRawPointer?
    /// MPI_THREAD_FUNNELED: only the thread that initialized calls.
    let funneled: Int32 = 1
  }

  let constants: Constants
  let initialize: (_ required: Int32, _ provided: UnsafeMutablePointer<Int32>) -> Int32
  let finalize: () -> Int32
  let setErrorHandler: (_ world: Handle, _ handler: Handle) -> Int32
  let rank: (_ world: Handle, UnsafeMutablePointer<Int32>) -> Int32
  let size: (_ world: Handle, UnsafeMutablePointer<Int32>) -> Int32
  let barrier: (_ world: Handle) -> Int32
  let broadcast:
    (UnsafeMutableRawPointer?, _ count: Int32, _ type: Handle, _ root: Int32, _ world: Handle)
      -> Int32
  let allReduce:
    (
      _ from: UnsafeRawPointer?, _ to: UnsafeMutableRawPointer?, _ count: Int32, _ type: Handle,
      _ operation: Handle, _ world: Handle
    ) -> Int32
  let startAllReduce:
    (
      _ from: UnsafeRawPointer?, _ to: UnsafeMutableRawPointer?, _ count: Int32, _ type: Handle,
      _ operation: Handle, _ world: Handle, _ request: UnsafeMutablePointer<Handle>
    ) -> Int32
  let test:
    (
      UnsafeMutablePointer<Handle>, _ done: UnsafeMutablePointer<Int32>,
      _ status: UnsafeMutableRawPointer?
    ) -> Int32
  let wait: (UnsafeMutablePointer<Handle>, _ status: UnsafeMutableRawPointer?) -> Int32
}

/// What needs no handle and is therefore the same in every library.
enum MPILibrary {
  private typealias Text =
    @convention(c) (UnsafeMutablePointer<CChar>, UnsafeMutablePointer<Int32>) -> Int32
  private typealias ErrorText =
    @convention(c) (Int32, UnsafeMutablePointer<CChar>, UnsafeMutablePointer<Int32>) -> Int32

  /// MPI_Get_library_version, which may be called before initializing: "Open MPI v4.1.4, package: …".
  static func version(_ library: SharedLibrary) throws(CollectiveError) -> String {
    let get = try library.function("MPI_Get_library_version", as: Text.self)
    // The longest of the known libraries' MPI_MAX_LIBRARY_VERSION_STRING is MPICH's.
    return text(capacity: 8192) { get($0, $1) }
  }

  /// MPI_Error_string: the library's words for an error code.
  static func words(for code: Int32, _ library: SharedLibrary) -> String {
    guard let get = try? library.function("MPI_Error_string", as: ErrorText.self) else {
      return "error \(code)"
    }
    return text(capacity: 1024) { get(code, $0, $1) }
  }

  private static func text(
    capacity: Int, _ get: (UnsafeMutablePointer<CChar>, UnsafeMutablePointer<Int32>) -> Int32
  ) -> String {
    var length: Int32 = 0
    let bytes = [CChar](unsafeUninitializedCapacity: capacity) { buffer, count in
      guard let base = buffer.baseAddress, get(base, &length) == 0 else { return }
      count = min(Int(length), capacity)
    }
    return String(decoding: bytes.map { UInt8(bitPattern: $0) }.prefix { $0 != 0 }, as: UTF8.self)
  }
}
