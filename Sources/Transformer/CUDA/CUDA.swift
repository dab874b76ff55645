import CUDAKernels

/// A GPU of NVIDIA's: the driver, NVRTC and cuBLASLt are opened at run time, so that nothing of CUDA is needed to
/// build this, and nothing but the driver and two libraries to run it.
///
/// Dense layers are cuBLASLt's, all else is kernels of our own (CUDAKernels), compiled for the device when it is
/// opened. Everything is done in one stream, in the order of the calls; a call returns before its work is done,
/// except those that move numbers to or from the host. Addresses of memory are the device's: the host only counts
/// with them.
///
/// Results are the same bits for the same input on the same kind of device with the same libraries; they differ
/// from the processor's by rounding. Dropout drops the same elements as on the processor.
///
/// What cannot be reported by an operation that does not throw (memory that is used up, a device that fails) ends
/// the program with a message.
public final class CUDA: Device {
  let driver: Driver
  let kernels: KernelModule
  let products: MatrixProducts
  let stream: Driver.Handle?
  private let device: Int32
  private let context: Driver.Handle?
  private let identity: ComputeDescription
  /// Bytes of the device's memory that are held: now, and at most so far.
  public internal(set) var held = 0
  public internal(set) var mostHeld = 0
  var sizes: [UnsafeMutableRawPointer: Int] = [:]
  private var scratchMemory: [UnsafeMutableRawPointer] = []
  private var scratchBytes: [Int] = []

  /// The least compute capability: that of Volta, the first whose threads of a warp may wait for each other at
  /// any place.
  static let leastCapability = 70

  /// Opens a GPU.
  ///
  /// - Parameters:
  ///   - index: among the GPUs that this process may use, which the variable CUDA_VISIBLE_DEVICES sets.
  ///   - precision: what products may round their operands to; GPUs compute the lower ones several times faster.
  /// - Throws: `DeviceError` where there is no driver, no such device, or a library is missing; it says what to do.
  public convenience init(
    index: Int = 0, precision: ComputeDevice.Precision = .float32
  ) throws(DeviceError) {
    try self.init(index: index, precision: precision, search: LibrarySearch())
  }

  init(
    index: Int = 0, precision: ComputeDevice.Precision = .float32, search: LibrarySearch
  ) throws(DeviceError) {
    let driver = try Driver(search)
    self.driver = driver
    var version: Int32 = 0
    try driver.check(driver.getVersion(&version), "cuDriverGetVersion")
    let found = try FoundDevice(index, driver)
    let compiler = try RuntimeCompiler(search, driverVersion: Int(version))
    let library = try MatrixLibrary(search, driverVersion: Int(version))
    let code = try compiler.kernels(capability: found.capability)
    device = found.device
    var context: Driver.Handle?
    try driver.check(
      driver.retainPrimaryContext(&context, found.device), "cuDevicePrimaryCtxRetain")
    self.context = context
    try driver.check(driver.setCurrentContext(context), "cuCtxSetCurrent")
    var stream: Driver.Handle?
    // 1 is CU_STREAM_NON_BLOCKING: nothing waits for the default stream, which is not used.
    try driver.check(driver.createStream(&stream, 1), "cuStreamCreate")
    self.stream = stream
    kernels = try KernelModule(code, driver: driver, stream: stream)
    products = try MatrixProducts(library, driver: driver, stream: stream, precision: precision)
    identity = ComputeDescription(
      device: "cuda", threads: 1,
      library: "cuBLASLt \(library.version), \(precision)",
      core: "\(found.name), compute capability \(LibrarySearch.decimal(found.capability))",
      warning: nil)
  }

  deinit {
    // What was started may still read the memory.
    _ = driver.setCurrentContext(context)
    _ = driver.synchronizeStream(stream)
    for memory in scratchMemory { _ = driver.free(address(memory)) }
    // The primary context, which other libraries in this process may use too, is kept, and the stream with it.
  }

  public var description: ComputeDescription { identity }

  /// Makes the context the calling thread's, since calls may come from one thread after another.
  func enter() {
    driver.require(driver.setCurrentContext(context), "cuCtxSetCurrent")
  }

  /// Memory for the inside of one operation, kept between calls; `slot` tells users within one operation apart.
  /// Operations follow each other in the stream, so the next one may use it at once.
  func scratch(_ slot: Int, bytes: Int) -> UnsafeMutableRawPointer {
    while scratchMemory.count <= slot {
      scratchMemory.append(allocate(bytes: 256))
      scratchBytes.append(256)
    }
    if scratchBytes[slot] < bytes {
      free(scratchMemory[slot])
      scratchMemory[slot] = allocate(bytes: bytes)
      scratchBytes[slot] = bytes
    }
    return scratchMemory[slot]
  }
}

/// A device that was asked for, and what is known of it before it is opened.
private struct FoundDevice {
  let device: Int32
  let name: String
  /// 90 for 9.0.
  let capability: Int

  init(_ index: Int, _ driver: Driver) throws(DeviceError) {
    var count: Int32 = 0
    try driver.check(driver.getDeviceCount(&count), "cuDeviceGetCount")
    guard index >= 0, index < Int(count) else {
      throw DeviceError(
        "there is no CUDA device \(index): the driver shows \(count) (CUDA_VISIBLE_DEVICES may hide some)"
      )
    }
    var device: Int32 = 0
    try driver.check(driver.getDevice(&device, Int32(index)), "cuDeviceGet")
    var name = [CChar](repeating: 0, count: 256)
    try driver.check(driver.getDeviceName(&name, Int32(name.count - 1), device), "cuDeviceGetName")
    // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR.
    var major: Int32 = 0
    var minor: Int32 = 0
    try driver.check(driver.getDeviceAttribute(&major, 75, device), "cuDeviceGetAttribute")
    try driver.check(driver.getDeviceAttribute(&minor, 76, device), "cuDeviceGetAttribute")
    self.device = device
    self.name = String(
      decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    capability = Int(major) * 10 + Int(minor)
    if capability < CUDA.leastCapability {
      throw DeviceError(
        "\(self.name) has compute capability \(LibrarySearch.decimal(capability)); at least "
          + "\(LibrarySearch.decimal(CUDA.leastCapability)) is needed")
    }
  }
}
