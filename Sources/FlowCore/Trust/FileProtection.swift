import Files
import Glibc

/// Whether someone else could put their code in the place of a file.
///
/// Only the user and root may own what is loaded, and not everyone may write there. Whoever owns `flow` itself decides
/// what runs anyway, so a library need not be better protected than that.
struct FileProtection {
  private let user: uid_t
  private let flow: stat?

  init(user: uid_t = geteuid(), flow path: String = Registry.executable) {
    self.user = user
    var status = stat()
    flow = stat(path, &status) == 0 ? status : nil
  }

  /// What is wrong with a file or the directory it stands in, and what to do; nil where all is well.
  func problem(of path: String) -> Diagnostic? {
    problem(ofPlace: path, named: path) ?? problem(ofPlace: Path.parent(path), named: path)
  }

  private func problem(ofPlace place: String, named path: String) -> Diagnostic? {
    var status = stat()
    guard stat(place, &status) == 0 else { return nil }
    let isOthers =
      status.st_uid != 0 && status.st_uid != user && status.st_uid != flow?.st_uid
    if isOthers {
      return Diagnostic(
        "\(place) belongs to user \(status.st_uid), who could put other code there", file: path,
        fix: "chown it to yourself or root, or install the plugin anew")
    }
    // In a directory with the sticky bit, such as /tmp, only its owner replaces a file.
    let isSticky = status.st_mode & S_IFMT == S_IFDIR && status.st_mode & S_ISVTX != 0
    let isOpen = status.st_mode & S_IWOTH != 0 && !isSticky
    if isOpen, (flow?.st_mode ?? 0) & S_IWOTH == 0 {
      return Diagnostic(
        "everyone may write to \(place), and so put other code there", file: path,
        fix: "chmod o-w \(ShellQuoting.quote(place))")
    }
    return nil
  }
}
