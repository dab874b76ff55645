import CSystem
import Glibc
import Synchronization

/// Brings a whole file system to the disk beside the work (syncfs(2)).
///
/// One call for the results of seconds, where a sync for each file is three calls and a wait for the disk per step.
final class BackgroundSync: @unchecked Sendable {
  // `descriptor` is constant; the atomics are what the two threads share.
  private let descriptor: Int32
  private let isBusy = Atomic<Bool>(false)
  private let hasFailed = Atomic<Bool>(false)

  /// - Parameter directory: one on that file system.
  init(of directory: String) {
    descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Whether a sync is going on.
  var isRunning: Bool { isBusy.load(ordering: .acquiring) }

  /// Whether the last one brought everything to the disk.
  var hasSucceeded: Bool { !hasFailed.load(ordering: .acquiring) }

  /// Starts one, unless one is going on.
  func start() {
    guard !isBusy.exchange(true, ordering: .acquiringAndReleasing) else { return }
    let context = Unmanaged.passRetained(self)
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        let sync = Unmanaged<BackgroundSync>.fromOpaque(context).takeRetainedValue()
        let isDone = flow_syncfs(sync.descriptor) == 0
        sync.hasFailed.store(!isDone, ordering: .releasing)
        sync.isBusy.store(false, ordering: .releasing)
        return nil
      }, context.toOpaque())
    if code == 0 {
      pthread_detach(thread)
    } else {
      context.release()
      hasFailed.store(true, ordering: .releasing)
      isBusy.store(false, ordering: .releasing)
    }
  }

  /// Brings the file system of a directory to the disk, and waits for it.
  ///
  /// - Returns: whether all is there.
  static func now(_ directory: String) -> Bool {
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flow_syncfs(descriptor) == 0
  }

  /// Waits for the end of a sync, but not for ever: another program's writes may keep the disk busy for minutes.
  ///
  /// - Returns: whether it has ended.
  func wait(atMost seconds: Double) -> Bool {
    let deadline = monotonicSeconds() + seconds
    while isRunning && monotonicSeconds() < deadline { usleep(1000) }
    return !isRunning
  }
}
