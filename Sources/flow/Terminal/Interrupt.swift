import FlowCore
import Glibc
import Synchronization

/// Ctrl-C and SIGTERM as a question: a signal handler may do no more than count.
enum Interrupt {
  private static let count = Atomic<Int>(0)
  /// Ctrl-C alone, and when it first came, in milliseconds.
  private static let keyed = Atomic<Int>(0)
  private static let firstKeyed = Atomic<Int>(0)
  /// Wrappers hand a signal on that the terminal has sent to all: two so close are one.
  private static let millisecondsOfOne = 100
  /// SIGUSR1 is what batch systems send some time before the end, and what mpirun hands on to all ranks
  /// at once and without a deadline.
  private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGUSR1]

  /// From now on the signals ask for an orderly stop, and a second Ctrl-C for one at once; the third asks no more.
  static func listen() {
    // A parent that starts us from a thread with blocked signals hands that mask on.
    var mask = sigset_t()
    sigemptyset(&mask)
    for number in signals { sigaddset(&mask, number) }
    sigprocmask(SIG_UNBLOCK, &mask, nil)
    for number in signals {
      signal(number) { number in
        if number == SIGINT, !Interrupt.isCounted() { return }
        if Interrupt.count.add(1, ordering: .relaxed).newValue > 2 { _exit(130) }
      }
    }
  }

  /// Whether a Ctrl-C is one more.
  private static func isCounted() -> Bool {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    let moment = time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    if keyed.load(ordering: .relaxed) == 0 {
      firstKeyed.store(moment, ordering: .relaxed)
    } else if moment - firstKeyed.load(ordering: .relaxed) < millisecondsOfOne {
      return false
    }
    keyed.add(1, ordering: .relaxed)
    return true
  }

  static var isRequested: Bool { count.load(ordering: .relaxed) > 0 }

  /// What the signals so far ask for.
  static var request: StopRequest? {
    guard isRequested else { return nil }
    return keyed.load(ordering: .relaxed) > 1 ? .atOnce : .inOrder
  }
}
