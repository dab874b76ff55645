import Glibc
import Synchronization

/// Ctrl-C and SIGTERM as a question: a signal handler may do no more than count.
enum Interrupt {
  private static let count = Atomic<Int>(0)
  /// SIGUSR1 is what batch systems send some time before the end, and what mpirun hands on to all ranks
  /// at once and without a deadline.
  private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGUSR1]

  /// From now on the signals ask for an orderly stop; the third asks no more.
  static func listen() {
    // A parent that starts us from a thread with blocked signals hands that mask on.
    var mask = sigset_t()
    sigemptyset(&mask)
    for number in signals { sigaddset(&mask, number) }
    sigprocmask(SIG_UNBLOCK, &mask, nil)
    for number in signals {
      signal(number) { _ in
        if Interrupt.count.add(1, ordering: .relaxed).newValue > 2 { _exit(130) }
      }
    }
  }

  static var isRequested: Bool { count.load(ordering: .relaxed) > 0 }
}
