import Files
import Glibc

/// libcuda.so.1, NVRTC and cuBLASLt as Tests/Fixtures/CUDA emulates them, compiled once per test run.
public enum EmulatedCUDA {
  /// The directory with the three libraries, for a device with the latest driver and 1 GiB of memory.
  public static func directory() throws -> String { try compiled.get() }

  /// A directory with libraries of the same kind for another device.
  ///
  /// - Parameters:
  ///   - directory: where to put them.
  ///   - devices: how many there are.
  ///   - capability: 90 for 9.0.
  ///   - mebibytes: of memory.
  ///   - driverVersion: 12040 for 12.4.
  ///   - toolkit: the version in the names of NVRTC and cuBLASLt; nil to leave them out.
  public static func make(
    in directory: String, devices: Int = 1, capability: Int = 90, mebibytes: Int = 1024,
    driverVersion: Int = 13000, toolkit: Int? = 13
  ) throws {
    let text = "\(devices) \(capability) \(mebibytes) \(driverVersion)\n"
    try WholeFile.write(text, to: "\(directory)/device.txt")
    // A copy, since the dynamic loader takes links to one file for one library.
    try WholeFile.write(
      Path.read("\(EmulatedCUDA.directory())/libcuda.so.1"), to: "\(directory)/libcuda.so.1")
    if let toolkit { try link(directory, toolkit) }
  }

  private static let compiled = Result { try compile() }

  private static func compile() throws -> String {
    let directory = "\(Built.directory)/emulated-cuda"
    try? Path.remove(directory)
    try Path.createDirectory(directory)
    let sources = "\(Built.sourceTree())/Tests/Fixtures/CUDA"
    let compiler = try compiler()
    let result = try RunningCommand(
      compiler,
      [
        "-x", "c++", "-std=c++17", "-nostdinc++", "-O2", "-fPIC", "-shared", "-Wall", "-Werror",
        "-fno-exceptions", "-fno-rtti", "-fvisibility=hidden", "-DCOMPILER=\"\(compiler)\"",
        "-DSOURCES=\"\(sources)\"", "-DMODULES=\"\(directory)\"", "driver.cpp", "nvrtc.cpp",
        "cublaslt.cpp", "-o",
        "\(directory)/libcuda.so.1", "-lpthread", "-ldl",
      ], in: sources
    ).wait()
    guard result.status == 0 else {
      throw FileError("compile", sources, reason: result.errors)
    }
    try link(directory, 13)
    return directory
  }

  /// The three libraries are one file.
  private static func link(_ directory: String, _ toolkit: Int) throws {
    for name in ["libnvrtc.so.\(toolkit)", "libcublasLt.so.\(toolkit)"] {
      guard symlink("libcuda.so.1", "\(directory)/\(name)") == 0 else {
        throw FileError("link", "\(directory)/\(name)", errno: errno)
      }
    }
  }

  /// The clang of the toolchain that builds the package.
  private static func compiler() throws -> String {
    let path = getenv("PATH").map { String(cString: $0) } ?? ""
    for directory in path.split(separator: ":") where Path.exists("\(directory)/clang") {
      return "\(directory)/clang"
    }
    throw FileError(
      "find", "clang", reason: "it is not in PATH; a Swift toolchain has it beside swift")
  }
}
