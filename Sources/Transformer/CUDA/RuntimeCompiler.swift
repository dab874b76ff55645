import CUDAKernels
import Synchronization

/// NVIDIA's compiler as a library, NVRTC: CUDA C in, machine code for one kind of device out.
///
/// Functions and options: https://docs.nvidia.com/cuda/nvrtc/.
struct RuntimeCompiler {
  /// A program to compile: files that include each other by name.
  struct Source {
    let name, text: String

    /// The kernels of this package.
    static var kernels: [Source] {
      (0..<cuda_source_count()).map { index in
        let source = cuda_source_at(index)
        return Source(name: String(cString: source.name), text: String(cString: source.text))
      }
    }
  }

  /// Major and minor version, as in (13, 0).
  let version: (major: Int, minor: Int)
  /// The compute capabilities that it makes machine code for: 90 for 9.0.
  let architectures: [Int]
  /// The library's file.
  let path: String
  private let functions: Functions

  /// - Parameter driverVersion: as the driver tells it, 12040 for 12.4.
  /// - Throws: `DeviceError` where there is none that fits the driver.
  init(_ search: LibrarySearch, driverVersion: Int) throws(DeviceError) {
    let library = try DynamicLibrary(
      LibrarySearch.names("nvrtc", driverVersion: driverVersion), in: search.toolkit,
      advice: LibrarySearch.advice("NVRTC", "cuda-nvrtc", driverVersion: driverVersion))
    path = library.path
    functions = try Functions(library)
    var major: Int32 = 0
    var minor: Int32 = 0
    try functions.check(functions.version(&major, &minor), "nvrtcVersion")
    version = (Int(major), Int(minor))
    if Int(major) > driverVersion / 1000 {
      throw DeviceError(
        "\(library.path) is of CUDA \(major), and the driver only runs CUDA "
          + "\(LibrarySearch.text(driverVersion)): update the driver, or install an older NVRTC")
    }
    var count: Int32 = 0
    try functions.check(functions.countArchitectures(&count), "nvrtcGetNumSupportedArchs")
    var list = [Int32](repeating: 0, count: Int(count))
    try functions.check(functions.architectures(&list), "nvrtcGetSupportedArchs")
    architectures = list.map(Int.init)
  }

  /// Compiles files for a compute capability.
  ///
  /// Machine code where the compiler knows the device; for newer devices PTX of the newest that it knows, which
  /// the driver translates.
  ///
  /// - Throws: `DeviceError` with the compiler's messages, or where the device is too old for it.
  func compile(_ sources: [Source], capability: Int) throws(DeviceError) -> [UInt8] {
    guard let oldest = architectures.min(), let newest = architectures.max() else {
      throw DeviceError("\(path) names no device that it compiles for")
    }
    if capability < oldest {
      throw DeviceError(
        "the GPU has compute capability \(LibrarySearch.decimal(capability)), and NVRTC \(version.major)."
          + "\(version.minor) compiles for \(LibrarySearch.decimal(oldest)) and newer: use an older NVRTC"
      )
    }
    let isKnown = architectures.contains(capability)
    let target = isKnown ? capability : architectures.filter { $0 < capability }.max() ?? newest
    let program = try create(sources)
    defer {
      var program = program
      _ = functions.destroy(&program)
    }
    let options = ["--gpu-architecture=\(isKnown ? "sm" : "compute")_\(target)"]
    let result = withCStrings(options) { functions.compile(program, Int32(options.count), $0) }
    if result != 0 {
      throw DeviceError(
        "NVRTC cannot compile the kernels for \(options[0].dropFirst(19)): "
          + functions.explanation(result) + "\n" + log(of: program))
    }
    return try code(of: program, isMachineCode: isKnown)
  }

  private func create(_ sources: [Source]) throws(DeviceError) -> OpaquePointer? {
    let main = sources.map { "#include \"\($0.name)\"\n" }.joined()
    var program: OpaquePointer?
    let result = withCStrings(sources.map(\.text)) { texts in
      withCStrings(sources.map(\.name)) { names in
        functions.create(&program, main, "kernels.cu", Int32(sources.count), texts, names)
      }
    }
    try functions.check(result, "nvrtcCreateProgram")
    return program
  }

  private func log(of program: OpaquePointer?) -> String {
    var size = 0
    guard functions.logSize(program, &size) == 0, size > 0 else { return "" }
    var text = [CChar](repeating: 0, count: size)
    guard functions.log(program, &text) == 0 else { return "" }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  private func code(
    of program: OpaquePointer?, isMachineCode: Bool
  ) throws(DeviceError) -> [UInt8] {
    var size = 0
    let getSize = isMachineCode ? functions.machineCodeSize : functions.portableCodeSize
    let get = isMachineCode ? functions.machineCode : functions.portableCode
    try functions.check(getSize(program, &size), "the size of the code")
    var bytes = [UInt8](repeating: 0, count: size)
    try functions.check(get(program, &bytes), "the code")
    return bytes
  }

  // What was compiled in this process, by library and capability: tests and comparisons open many devices.
  private static let compiled = Mutex<[String: [UInt8]]>([:])

  /// The kernels of this package, compiled once per process.
  ///
  /// - Throws: `DeviceError` as `compile`.
  func kernels(capability: Int) throws(DeviceError) -> [UInt8] {
    let key = "\(capability) \(path)"
    if let code = RuntimeCompiler.compiled.withLock({ $0[key] }) { return code }
    let code = try compile(Source.kernels, capability: capability)
    RuntimeCompiler.compiled.withLock { $0[key] = code }
    return code
  }
}

extension RuntimeCompiler {
  /// The library's functions. A result of 0 is success.
  private struct Functions {
    typealias Texts = UnsafePointer<UnsafePointer<CChar>?>
    typealias Size = @convention(c) (OpaquePointer?, UnsafeMutablePointer<Int>) -> Int32

    let version: @convention(c) (UnsafeMutablePointer<Int32>, UnsafeMutablePointer<Int32>) -> Int32
    let countArchitectures: @convention(c) (UnsafeMutablePointer<Int32>) -> Int32
    let architectures: @convention(c) (UnsafeMutablePointer<Int32>) -> Int32
    /// Program; text; its name; number of headers, their texts, their names.
    let create:
      @convention(c) (
        UnsafeMutablePointer<OpaquePointer?>, UnsafePointer<CChar>, UnsafePointer<CChar>, Int32,
        Texts,
        Texts
      ) -> Int32
    let destroy: @convention(c) (UnsafeMutablePointer<OpaquePointer?>) -> Int32
    let compile: @convention(c) (OpaquePointer?, Int32, Texts) -> Int32
    let logSize, machineCodeSize, portableCodeSize: Size
    let log: @convention(c) (OpaquePointer?, UnsafeMutablePointer<CChar>) -> Int32
    let machineCode,
      portableCode: @convention(c) (OpaquePointer?, UnsafeMutablePointer<UInt8>) -> Int32
    private let getErrorString: @convention(c) (Int32) -> UnsafePointer<CChar>?

    init(_ library: DynamicLibrary) throws(DeviceError) {
      version = try library.function("nvrtcVersion")
      countArchitectures = try library.function("nvrtcGetNumSupportedArchs")
      architectures = try library.function("nvrtcGetSupportedArchs")
      create = try library.function("nvrtcCreateProgram")
      destroy = try library.function("nvrtcDestroyProgram")
      compile = try library.function("nvrtcCompileProgram")
      logSize = try library.function("nvrtcGetProgramLogSize")
      log = try library.function("nvrtcGetProgramLog")
      machineCodeSize = try library.function("nvrtcGetCUBINSize")
      machineCode = try library.function("nvrtcGetCUBIN")
      portableCodeSize = try library.function("nvrtcGetPTXSize")
      portableCode = try library.function("nvrtcGetPTX")
      getErrorString = try library.function("nvrtcGetErrorString")
    }

    func check(_ result: Int32, _ call: StaticString) throws(DeviceError) {
      if result != 0 { throw DeviceError("NVRTC: \(call): \(explanation(result))") }
    }

    func explanation(_ result: Int32) -> String {
      getErrorString(result).map { String(cString: $0) } ?? "error \(result)"
    }
  }
}

/// Runs `body` with C strings of the texts.
private func withCStrings<Result>(
  _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
  // One buffer for all, since the addresses of several arrays cannot be held at once.
  let bytes = texts.flatMap { Array($0.utf8CString) }
  return bytes.withUnsafeBufferPointer { buffer in
    var offset = 0
    let pointers = texts.map { text -> UnsafePointer<CChar>? in
      defer { offset += text.utf8.count + 1 }
      return buffer.baseAddress.map { $0 + offset }
    }
    return pointers.withUnsafeBufferPointer { list in
      withExtendedLifetime(list) { list.baseAddress.map(body) ?? emptyList(body) }
    }
  }
}

private func emptyList<Result>(
  _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
  withUnsafePointer(to: nil as UnsafePointer<CChar>?) { body($0) }
}
