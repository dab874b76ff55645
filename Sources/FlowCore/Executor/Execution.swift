import Glibc

/// One attempt of a step at work: in a process of this machine, or in a job of a batch system.
///
/// The engine asks each of its executions a few times a second; nothing here may block but
/// `outcome(blocking: true)`.
protocol Execution: AnyObject {
  /// What to wait for with `poll(2)`.
  func polled() -> [pollfd]
  /// Whether `poll(2)` cannot tell of its end, so that whoever waits must ask `outcome` often.
  var endsUnseen: Bool { get }
  /// The process on this machine, where it is one.
  var processID: Int? { get }
  /// Whether it is at work; a job may wait in a queue first.
  var hasBegun: Bool { get }
  /// When it began, in seconds since 1970, where someone wrote that down.
  var began: Double? { get }
  /// The events that came to light together with its end.
  var lateEvents: [StepEvent] { get }

  /// What it has told since the last call.
  func readEvents() -> [StepEvent]
  /// How it ended, if it has.
  func outcome(blocking: Bool) -> StepOutcome?
  /// Enforces limits of time. Called after `outcome` has said that it still runs.
  func checkLimits()
  /// Asks it to stop and save its work; after a grace period it is ended.
  func cancel()
  /// Ends it and all that it started, at once.
  func end()
}

extension StepProcess: Execution {
  var processID: Int? { Int(pid) }
  var hasBegun: Bool { true }
  var began: Double? { nil }
}
