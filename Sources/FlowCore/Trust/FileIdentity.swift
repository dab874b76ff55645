import Glibc

/// A file as the kernel knows it: while this stays, its bytes stay, since the change time cannot be put back.
///
/// The engine hands it to a worker, which so knows in microseconds that the library it loads is the one whose hash
/// is in the step's key.
struct FileIdentity: Equatable {
  let text: String

  /// nil where the file is not there.
  init?(of path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    text = [
      "\(status.st_dev)", "\(status.st_ino)", "\(status.st_size)",
      "\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)",
      "\(status.st_ctim.tv_sec).\(status.st_ctim.tv_nsec)",
    ].joined(separator: ":")
  }
}

/// A plugin's library as the engine found it.
struct KnownLibrary {
  let path: String
  let sha256: String
  /// nil where it has gone.
  let identity: FileIdentity?
}
