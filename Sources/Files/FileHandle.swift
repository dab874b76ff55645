import Glibc

/// An open file that closes itself.
public final class FileHandle {
  public let path: String
  public let descriptor: Int32

  init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
  }

  /// Takes over a descriptor that is no file's; `name` stands for the path in messages.
  public init(_ descriptor: Int32, named name: String) {
    path = name
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  public static func openForReading(_ path: String) throws(FileError) -> FileHandle {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError("open", path, errno: errno) }
    return FileHandle(path: path, descriptor: descriptor)
  }

  /// Opens a regular file; anything else, for instance a pipe that nobody writes to, is refused without waiting.
  public static func openRegular(_ path: String) throws(FileError) -> FileHandle {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError("open", path, errno: errno) }
    let file = FileHandle(path: path, descriptor: descriptor)
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError("inspect", path, errno: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw FileError("open", path, reason: "it is not a regular file")
    }
    return file
  }

  /// Creates the file, or empties it if there is one.
  public static func create(_ path: String) throws(FileError) -> FileHandle {
    try openForWriting(path, flags: O_TRUNC)
  }

  /// Opens the file at its end, creating it where there is none.
  public static func append(_ path: String) throws(FileError) -> FileHandle {
    try openForWriting(path, flags: O_APPEND)
  }

  private static func openForWriting(_ path: String, flags: Int32) throws(FileError) -> FileHandle {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0o644)
    guard descriptor >= 0 else { throw FileError("create", path, errno: errno) }
    return FileHandle(path: path, descriptor: descriptor)
  }

  /// Reads up to `buffer.count` bytes; 0 at the end of the file.
  public func read(into buffer: inout [UInt8]) throws(FileError) -> Int {
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count >= 0 { return count }
      if errno != EINTR { throw FileError("read", path, errno: errno) }
    }
  }

  /// The bytes at `offset`, as many as there are up to `count`.
  public func read(upTo count: Int, from offset: Int) throws(FileError) -> [UInt8] {
    guard lseek(descriptor, offset, SEEK_SET) >= 0 else {
      throw FileError("read", path, errno: errno)
    }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: min(count, 1 << 16))
    while bytes.count < count {
      let read = try read(into: &buffer)
      if read == 0 { break }
      bytes += buffer[..<min(read, count - bytes.count)]
    }
    return bytes
  }

  /// Writes all bytes.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    let code = Self.write(bytes, to: descriptor)
    if code != 0 { throw FileError("write", path, errno: code) }
  }

  /// Writes all bytes to an open descriptor, and waits where it is one that does not: others may have set it so.
  ///
  /// - Returns: the system's error number, or 0.
  public static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count >= 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      } else if errno == EAGAIN {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&waiting, 1, -1)
      } else if errno != EINTR {
        return errno
      }
    }
    return 0
  }

  public func write(_ bytes: [UInt8]) throws(FileError) {
    var failure: FileError?
    bytes.withUnsafeBytes {
      do throws(FileError) { try write($0) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  public func write(_ text: String) throws(FileError) { try write(Array(text.utf8)) }

  /// Brings the file's bytes to the disk.
  public func synchronize() throws(FileError) {
    guard fsync(descriptor) == 0 else { throw FileError("sync", path, errno: errno) }
  }

  public func size() throws(FileError) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError("inspect", path, errno: errno) }
    return Int(status.st_size)
  }
}
