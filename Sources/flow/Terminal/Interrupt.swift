import Glibc
import Synchronization

/// Ctrl-C and SIGTERM as a question: a signal handler may do no more than count.
enum Interrupt {
  private static let count = Atomic<Int>(0)

  /// From now on the two signals ask for an orderly stop; the third asks no more.
  static func listen() {
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number) { _ in
        if Interrupt.count.add(1, ordering: .relaxed).newValue > 2 { _exit(130) }
      }
    }
  }

  static var isRequested: Bool { count.load(ordering: .relaxed) > 0 }
}
