/// The functions of the CUDA driver, libcuda.so.1, that this backend calls.
///
/// Their meaning: https://docs.nvidia.com/cuda/cuda-driver-api/. Names with _v2 are those that cuda.h maps
/// the plain names to. A result of 0 is success; device addresses are 64-bit numbers.
struct Driver {
  typealias Handle = UnsafeMutableRawPointer

  let getVersion: @convention(c) (UnsafeMutablePointer<Int32>) -> Int32
  let getDeviceCount: @convention(c) (UnsafeMutablePointer<Int32>) -> Int32
  let getDevice: @convention(c) (UnsafeMutablePointer<Int32>, Int32) -> Int32
  let getDeviceName: @convention(c) (UnsafeMutablePointer<CChar>, Int32, Int32) -> Int32
  let getDeviceAttribute: @convention(c) (UnsafeMutablePointer<Int32>, Int32, Int32) -> Int32
  let retainPrimaryContext: @convention(c) (UnsafeMutablePointer<Handle?>, Int32) -> Int32
  let setCurrentContext: @convention(c) (Handle?) -> Int32
  let allocate: @convention(c) (UnsafeMutablePointer<UInt64>, Int) -> Int32
  let free: @convention(c) (UInt64) -> Int32
  let getMemoryInfo: @convention(c) (UnsafeMutablePointer<Int>, UnsafeMutablePointer<Int>) -> Int32
  let copyToDevice: @convention(c) (UInt64, UnsafeRawPointer, Int, Handle?) -> Int32
  let copyToHost: @convention(c) (UnsafeMutableRawPointer, UInt64, Int, Handle?) -> Int32
  let setBytes: @convention(c) (UInt64, UInt8, Int, Handle?) -> Int32
  let createStream: @convention(c) (UnsafeMutablePointer<Handle?>, UInt32) -> Int32
  let synchronizeStream: @convention(c) (Handle?) -> Int32
  let loadModule: @convention(c) (UnsafeMutablePointer<Handle?>, UnsafeRawPointer) -> Int32
  let unloadModule: @convention(c) (Handle?) -> Int32
  let getFunction:
    @convention(c) (UnsafeMutablePointer<Handle?>, Handle?, UnsafePointer<CChar>) -> Int32
  /// Function; grid; block; bytes of dynamic shared memory; stream; addresses of the arguments; extras.
  let launch:
    @convention(c) (
      Handle?, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, Handle?,
      UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
      UnsafeMutablePointer<UnsafeMutableRawPointer?>?
    ) -> Int32
  private let getErrorName:
    @convention(c) (Int32, UnsafeMutablePointer<UnsafePointer<CChar>?>) -> Int32
  private let getErrorString:
    @convention(c) (Int32, UnsafeMutablePointer<UnsafePointer<CChar>?>) -> Int32

  /// Opens the driver and initializes it.
  ///
  /// - Throws: `DeviceError` where there is no driver, or it finds no device.
  init(_ search: LibrarySearch) throws(DeviceError) {
    let library = try DynamicLibrary(
      ["libcuda.so.1"], in: search.driver,
      advice:
        "the device 'cuda' needs NVIDIA's driver, which brings it (in a container: start it with the "
        + "GPU, for instance `docker run --gpus all`)")
    let initialize: @convention(c) (UInt32) -> Int32 = try library.function("cuInit")
    getVersion = try library.function("cuDriverGetVersion")
    getDeviceCount = try library.function("cuDeviceGetCount")
    getDevice = try library.function("cuDeviceGet")
    getDeviceName = try library.function("cuDeviceGetName")
    getDeviceAttribute = try library.function("cuDeviceGetAttribute")
    retainPrimaryContext = try library.function("cuDevicePrimaryCtxRetain")
    setCurrentContext = try library.function("cuCtxSetCurrent")
    allocate = try library.function("cuMemAlloc_v2")
    free = try library.function("cuMemFree_v2")
    getMemoryInfo = try library.function("cuMemGetInfo_v2")
    copyToDevice = try library.function("cuMemcpyHtoDAsync_v2")
    copyToHost = try library.function("cuMemcpyDtoHAsync_v2")
    setBytes = try library.function("cuMemsetD8Async")
    createStream = try library.function("cuStreamCreate")
    synchronizeStream = try library.function("cuStreamSynchronize")
    loadModule = try library.function("cuModuleLoadData")
    unloadModule = try library.function("cuModuleUnload")
    getFunction = try library.function("cuModuleGetFunction")
    launch = try library.function("cuLaunchKernel")
    getErrorName = try library.function("cuGetErrorName")
    getErrorString = try library.function("cuGetErrorString")
    try check(initialize(0), "cuInit")
  }

  /// - Throws: `DeviceError` with the driver's name and description of a result that is not success.
  func check(_ result: Int32, _ call: StaticString) throws(DeviceError) {
    if result != 0 { throw DeviceError("CUDA: \(call): \(explanation(result))") }
  }

  /// For calls that fail only where the program is wrong or the device is broken, within operations that
  /// cannot throw: a result that is not success ends the program.
  func require(_ result: Int32, _ what: @autoclosure () -> String) {
    if result != 0 { fatalError("CUDA: \(what()): \(explanation(result))") }
  }

  private func explanation(_ result: Int32) -> String {
    var name: UnsafePointer<CChar>?
    var text: UnsafePointer<CChar>?
    _ = getErrorName(result, &name)
    _ = getErrorString(result, &text)
    return [name, text].compactMap { $0.map { String(cString: $0) } }.joined(separator: ", ")
      + " (\(result))"
  }
}
