import Glibc

/// A shared library that is opened at run time and never closed: drivers do not survive that.
struct DynamicLibrary {
  /// As it was opened.
  let path: String
  private let handle: UnsafeMutableRawPointer

  /// The first of the names that opens, each looked for in all directories before the next.
  ///
  /// - Parameters:
  ///   - directories: "" is the dynamic loader's own search (LD_LIBRARY_PATH, then the system's).
  ///   - advice: what to do where none opens.
  /// - Throws: `DeviceError` with the loader's reason: for a file that is there but does not open, else for
  ///   the first name.
  init(
    _ names: [String], in directories: [String], advice: String
  ) throws(DeviceError) {
    var reason: String?
    for name in names {
      for directory in directories {
        let path = directory.isEmpty ? name : "\(directory)/\(name)"
        if let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) {
          self.path = path
          self.handle = handle
          return
        }
        let told = dlerror().map { String(cString: $0) } ?? "\(path) does not open"
        let isThere = !directory.isEmpty && access(path, F_OK) == 0
        if reason == nil || isThere { reason = told }
      }
    }
    throw DeviceError("\(reason ?? "no library was named"); \(advice)")
  }

  /// A function of the library, as the C function type `Function`, which the caller must know to be right.
  ///
  /// - Throws: `DeviceError` where the library has no such function.
  func function<Function>(_ name: String) throws(DeviceError) -> Function {
    guard let address = dlsym(handle, name) else {
      throw DeviceError(
        "\(path) has no function \(name): it is too old, or not the library of that name")
    }
    return unsafeBitCast(address, to: Function.self)
  }
}

/// Where CUDA's libraries are looked for.
struct LibrarySearch {
  /// Of the driver, which comes with the system.
  let driver: [String]
  /// Of the toolkit's libraries.
  let toolkit: [String]

  /// Only these directories.
  init(directories: [String]) {
    driver = directories
    toolkit = directories
  }

  /// CUDA_HOME and CUDA_PATH, the dynamic loader's own search, /usr/local/cuda.
  init() {
    var homes: [String] = []
    for name in ["CUDA_HOME", "CUDA_PATH"] {
      if let value = getenv(name), value.pointee != 0 { homes.append(String(cString: value)) }
    }
    let named = homes.flatMap { ["\($0)/lib64", "\($0)/lib"] }
    driver = ["", "/usr/lib/wsl/lib"]
    toolkit = named + ["", "/usr/local/cuda/lib64"]
  }

  /// The versions of a library to try for a driver, newest first, ending with the name without version.
  ///
  /// A driver runs what was made for its own major version of CUDA or an older one
  /// (https://docs.nvidia.com/deploy/cuda-compatibility/).
  static func names(_ library: String, driverVersion: Int) -> [String] {
    let newest = driverVersion / 1000
    let versions = stride(from: newest, through: min(newest, 11), by: -1)
    // NVRTC of CUDA 11.2 to 11.8 calls itself 11.2.
    return versions.map { "lib\(library).so.\($0)" } + [
      "lib\(library).so.11.2", "lib\(library).so",
    ]
  }

  /// What to do where a library of the toolkit is missing.
  static func advice(_ title: String, _ package: String, driverVersion: Int) -> String {
    let major = driverVersion / 1000
    return
      "the device 'cuda' needs \(title) of CUDA \(major) or older: install CUDA's toolkit or the Python "
      + "package nvidia-\(package)\(major < 13 ? "-cu\(major)" : "") and name its folder in LD_LIBRARY_PATH, or the toolkit's in "
      + "CUDA_HOME"
  }

  /// 12.4 for 12040.
  static func text(_ driverVersion: Int) -> String {
    "\(driverVersion / 1000).\(driverVersion % 1000 / 10)"
  }

  /// 9.0 for 90.
  static func decimal(_ capability: Int) -> String { "\(capability / 10).\(capability % 10)" }
}
