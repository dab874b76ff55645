import Files
import Glibc

/// The few functions of htslib that are used, opened when the first file needs them.
///
/// At run time, because Debian's `libhts-dev` cannot be installed beside `libcurl4-openssl-dev`; the library
/// itself, `libhts3`, can. Declarations: htslib 1.16, `htslib/bgzf.h` and `htslib/faidx.h`, whose ABI is that of
/// `libhts.so.3`. htslib writes what is wrong to stderr; it is kept from that, and its callers tell.
struct HTSLib: Sendable {
  typealias CString = UnsafePointer<CChar>?

  let bgzfOpen: @convention(c) (CString, CString) -> UnsafeMutableRawPointer?
  let bgzfRead: @convention(c) (UnsafeMutableRawPointer, UnsafeMutableRawPointer?, Int) -> Int
  let bgzfClose: @convention(c) (UnsafeMutableRawPointer) -> Int32
  let faiBuild: @convention(c) (CString, CString, CString) -> Int32
  let faiLoad: @convention(c) (CString, CString, CString, Int32) -> OpaquePointer?
  let faiFetch:
    @convention(c) (OpaquePointer, CString, Int64, Int64, UnsafeMutablePointer<Int64>)
      -> UnsafeMutablePointer<CChar>?
  let faiDestroy: @convention(c) (OpaquePointer) -> Void

  private static let name = "libhts.so.3"
  /// Opened once a process, for the rest of its life.
  private static let opened = Result { () throws(FileError) in try HTSLib() }

  /// The library.
  ///
  /// - Throws: `FileError` where it is not installed.
  static func open() throws(FileError) -> HTSLib { try opened.get() }

  private init() throws(FileError) {
    guard let handle = dlopen(Self.name, RTLD_NOW | RTLD_LOCAL) else {
      let reason = dlerror().map { String(cString: $0) } ?? "unknown reason"
      throw FileError(
        "open", Self.name, reason: "\(reason); install htslib (Debian: apt-get install libhts3)")
    }
    func function<Function>(_ name: String) throws(FileError) -> Function {
      guard let address = dlsym(handle, name) else {
        throw FileError("open", Self.name, reason: "it has no function \(name)")
      }
      return unsafeBitCast(address, to: Function.self)
    }
    let setLogLevel: @convention(c) (Int32) -> Void = try function("hts_set_log_level")
    // HTS_LOG_OFF
    setLogLevel(0)
    bgzfOpen = try function("bgzf_open")
    bgzfRead = try function("bgzf_read")
    bgzfClose = try function("bgzf_close")
    faiBuild = try function("fai_build3")
    faiLoad = try function("fai_load3")
    faiFetch = try function("faidx_fetch_seq64")
    faiDestroy = try function("fai_destroy")
  }

  /// What went wrong in a `BGZF`, in words; nil where nothing did.
  ///
  /// The first 16 bits of the struct are its `errcode`.
  static func fault(of file: UnsafeMutableRawPointer) -> String? {
    let code = file.load(as: UInt16.self)
    if code == 0 { return nil }
    if code & 32 != 0 { return "a checksum does not fit" }
    if code & 2 != 0 { return "a block without its header" }
    if code & 1 != 0 { return "a block that cannot be inflated" }
    if code & 4 != 0 { return "cut off, or the disk failed" }
    return "error \(code)"
  }
}
