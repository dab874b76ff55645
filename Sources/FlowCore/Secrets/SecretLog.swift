import Files
import Glibc

/// What a step with secrets prints, on its way to the log: through a pipe, with the secrets taken out.
///
/// Read by whoever drives the step, whenever it reads the events, so that no thread is needed.
final class SecretLog {
  /// For the step's standard output and error; closed once the step has it.
  private(set) var input: Int32
  /// Readable when something was printed.
  let output: Int32
  private let log: Int32
  private let redactor: Redactor
  private var buffer: [UInt8] = []

  /// What a pipe holds at most without privileges (/proc/sys/fs/pipe-max-size): a step that prints much waits less.
  private static let capacity: Int32 = 1 << 20
  /// F_SETPIPE_SZ of Linux's fcntl.h.
  private static let setCapacity: Int32 = 1031

  /// - Parameter log: open as long as this is.
  init(to log: Int32, _ redactor: Redactor) throws(FileError) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw FileError("create", "a pipe", errno: errno) }
    (output, input) = (ends[0], ends[1])
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    // The log outlives the caller's own descriptor of it.
    self.log = fcntl(log, F_DUPFD_CLOEXEC, 3)
    self.redactor = redactor
    _ = fcntl(output, Self.setCapacity, Self.capacity)
    _ = fcntl(output, F_SETFL, O_NONBLOCK)
  }

  deinit {
    closeInput()
    close(output)
    close(log)
  }

  /// The step has its own now.
  func closeInput() {
    if input >= 0 { close(input) }
    input = -1
  }

  /// Writes what was printed to the log; a full disk must not stop the step for it.
  ///
  /// - Parameter atEnd: whether the step is over.
  func drain(atEnd: Bool = false) {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(output, &chunk, chunk.count)
      if count > 0 {
        buffer += chunk[..<count]
      } else if count == 0 || errno != EINTR {
        break
      }
    }
    var text = redactor.take(from: &buffer, atEnd: atEnd)[...]
    while !text.isEmpty {
      let count = text.withUnsafeBytes { write(log, $0.baseAddress, $0.count) }
      if count > 0 { text = text.dropFirst(count) } else if errno != EINTR { return }
    }
  }
}

extension StepEvent {
  /// The event without secrets.
  func redacted(by redactor: Redactor) -> StepEvent {
    if redactor.isEmpty { return self }
    return switch self {
    case .log(let level, let message): .log(level: level, message: redactor.redacted(message))
    case .progress(let done, let total, let unit, let note):
      .progress(
        done: done, total: total, unit: redactor.redacted(unit), note: note.map(redactor.redacted))
    case .metric(let name, let value, let at):
      .metric(name: redactor.redacted(name), value: value, at: at)
    case .record(let key, let value):
      .record(key: redactor.redacted(key), value: redactor.redacted(value))
    case .end(let status, let message): .end(status: status, message: redactor.redacted(message))
    }
  }
}
