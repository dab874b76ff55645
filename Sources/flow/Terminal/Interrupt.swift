import Glibc
import Synchronization

/// Ctrl-C and SIGTERM as a question: a signal handler may do no more than count.
enum Interrupt {
  private static let count = Atomic<Int>(0)

  /// From now on the signals ask for an orderly stop; the third asks no more.
  static func listen() {
    // A parent that starts us from a thread with blocked signals hands that mask on.
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, number) }
    sigprocmask(SIG_UNBLOCK, &signals, nil)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number) { _ in
        if Interrupt.count.add(1, ordering: .relaxed).newValue > 2 { _exit(130) }
      }
    }
  }

  static var isRequested: Bool { count.load(ordering: .relaxed) > 0 }
}
