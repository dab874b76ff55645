import Glibc

/// A library opened while the program runs, for the rest of its life.
struct SharedLibrary {
  let name: String
  private let handle: UnsafeMutableRawPointer

  /// - Throws: `CollectiveError` with the loader's words.
  init(_ name: String) throws(CollectiveError) {
    // Global: Open MPI's components, which it opens itself, look for its symbols there.
    guard let handle = dlopen(name, RTLD_NOW | RTLD_GLOBAL) else {
      throw CollectiveError(dlerror().map { String(cString: $0) } ?? "\(name) cannot be opened")
    }
    self.name = name
    self.handle = handle
  }

  func has(_ symbol: String) -> Bool { dlsym(handle, symbol) != nil }

  /// The address of a variable or function.
  func address(_ symbol: String) throws(CollectiveError) -> UnsafeMutableRawPointer {
    guard let address = dlsym(handle, symbol) else {
      throw CollectiveError("\(name) has no \(symbol)")
    }
    return address
  }

  /// A function. `type` must be its C type; nothing can check that.
  func function<Function>(_ symbol: String, as type: Function.Type) throws(CollectiveError)
    -> Function
  {
    unsafeBitCast(try address(symbol), to: type)
  }
}
