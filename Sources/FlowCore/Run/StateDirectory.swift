import Files
import Glibc

/// The directory in which an engine keeps its results and history: `.flow` unless told otherwise.
///
///     flow.db                  the ledger
///     lock                     held while a run writes
///     steps/ab/abcd…/          one directory a key
///       command                the command line that runs the step again, anywhere
///       log                    what the step printed, all attempts
///       outputs/               the result; appears whole
///       partial-RUN-N/         what attempt N of a run has written of its outputs
///       scratch/               a plugin's own, until it is done
///     work/RUN-N/              where the script of attempt N of a run works
public struct StateDirectory: Sendable {
  public let path: String

  static let partial = "partial"

  public init(_ path: String) { self.path = path }

  /// The directory of the step with this key.
  public func step(_ key: String) -> String { "\(path)/\(relativeStep(key))" }

  /// Where scripts work.
  var work: String { "\(path)/work" }

  func relativeStep(_ key: String) -> String { "steps/\(key.prefix(2))/\(key)" }

  /// Takes the lock for as long as the returned file is open.
  ///
  /// The kernel gives the lock back when its holder dies, however it dies: nobody ever unlocks by hand.
  ///
  /// - Throws: `Diagnostic` that names the holder.
  func lock() throws -> FileHandle {
    let file = try openLock()
    // Who only reads the history asks by this lock whether an engine lives, and holds it for that moment.
    var attempts = 20
    while flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 {
      attempts -= 1
      if attempts > 0 && errno == EWOULDBLOCK {
        usleep(10_000)
        continue
      }
      // For instance ENOLCK of a network file system without locks.
      guard errno == EWOULDBLOCK else { throw FileError("lock", file.path, errno: errno) }
      let holder = (try? Path.readText("\(path)/lock", limit: 4096)) ?? ""
      throw Diagnostic(
        "another run is at work in \(path) (\(holder.isEmpty ? "unknown process" : holder))",
        fix: "wait for it, stop it, or use another --state-dir")
    }
    ftruncate(file.descriptor, 0)
    // Only a courtesy to the next reader: a full disk must not stop a run for it.
    try? file.write("process \(getpid()) on \(hostName())")
    return file
  }

  private func openLock() throws -> FileHandle {
    do throws(FileError) {
      try Path.createDirectory(path)
      if try Path.kind("\(path)/flow.db") == .directory {
        throw FileError("open", "\(path)/flow.db", reason: "it is a directory")
      }
      return try FileHandle.append("\(path)/lock")
    } catch {
      // What can be freed is freed first.
      if DiskSpace.isExhausted(error) { throw error }
      throw Diagnostic(
        "results and their history cannot be kept in \(path): \(error)",
        fix: "put that right, or name another directory with --state-dir")
    }
  }

  /// Removes what attempts of dead engines left half written. The caller holds the lock.
  func removePartialOutputs() {
    try? Path.remove(work)
    for group in (try? Path.list("\(path)/steps")) ?? [] {
      for key in (try? Path.list("\(path)/steps/\(group)")) ?? [] {
        let directory = "\(path)/steps/\(group)/\(key)"
        let isJobs = Path.exists(JobOrder.folder(in: directory))
        for name in (try? Path.list(directory)) ?? [] where name.hasPrefix(Self.partial) {
          // What a job writes is its own until an engine has seen its end.
          if isJobs, name == AttemptDirectories.ofJobs { continue }
          try? Path.remove("\(directory)/\(name)")
        }
      }
    }
  }
}

/// This machine's name.
package func hostName() -> String {
  var name = [CChar](repeating: 0, count: 256)
  guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
  return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
