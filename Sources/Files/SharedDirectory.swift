import Glibc

/// Where processes of one user that speak to the same servers agree on how often they ask.
public enum SharedDirectory {
  /// `$XDG_RUNTIME_DIR/flow`, else `/tmp/flow-UID`, made where it is not there; nil where it is not the user's own.
  public static var path: String? {
    let runtime = getenv("XDG_RUNTIME_DIR").map { String(cString: $0) } ?? ""
    let path =
      runtime.hasPrefix("/") && access(runtime, W_OK) == 0
      ? "\(runtime)/flow" : "/tmp/flow-\(getuid())"
    mkdir(path, 0o700)
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
      status.st_uid == getuid(), status.st_mode & 0o022 == 0
    else { return nil }
    return path
  }
}
