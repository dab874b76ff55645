import Files
import Glibc

/// An attempt of a step as a job of Slurm.
///
/// What its own files say counts first, what Slurm says of it second: `SlurmExecutor` keeps both up to date.
final class SlurmJob: Execution {
  enum Phase {
    /// Not yet handed to `sbatch`.
    case queued
    case submitting
    /// Whether Slurm has it is not known: `sbatch` or an engine died between asking and hearing.
    case searching
    case submitted
  }

  let step: PreparedStep
  /// The step's, absolute.
  let directory: String
  let options: SlurmOptions
  var phase = Phase.queued
  var submission: SlurmSubmission?
  /// In the submission's list.
  var position = 0
  var id: SlurmJobID?
  /// In the ledger, where it is entered.
  var row: Int?
  /// Taken over from an engine that is gone.
  var isAdopted = false
  /// How often it was submitted.
  var submissions = 0

  /// What Slurm said last, and when it first said that the job is over.
  private(set) var state: SlurmState?
  private(set) var overSince: Double?
  private(set) var wasSeenAlive = false
  /// Whether only `scontrol` can say why it ended, and what it has said.
  var isInQuestion = false
  var details: SlurmDetails?
  /// When the phase was entered, on the monotonic clock; a listing that began before says nothing of it.
  private(set) var phaseBegan = 0.0
  /// How many listings did not show it.
  var misses = 0

  private var tail: EventTail
  private(set) var lastWord: JobEnd?
  private(set) var endSeen = 0.0
  private var told: [StepEvent] = []
  private var isAtWork = false
  private(set) var stopAsked: Double?
  /// When `scancel` was last sent for it.
  var cancelSent: Double?
  var result: StepOutcome?
  private weak var executor: SlurmExecutor?

  init(_ step: PreparedStep, directory: String, options: SlurmOptions, by executor: SlurmExecutor) {
    self.step = step
    self.directory = directory
    self.options = options
    self.executor = executor
    tail = EventTail(JobOrder.eventsFile(in: directory))
  }

  /// Names this submission of it, wherever it is met.
  var token: String { "\(submission?.name ?? "")/\(position)" }

  /// Whether Slurm has said that it is over.
  var isOver: Bool { overSince != nil }

  /// For people.
  var words: String { id.map { "Slurm job \($0)" } ?? "the Slurm job" }

  func enter(_ phase: Phase) {
    self.phase = phase
    phaseBegan = monotonicSeconds()
    misses = 0
  }

  /// To be submitted (again), with nothing left of what was known.
  func reset() {
    enter(.queued)
    (submission, id, row, state, overSince, details, lastWord) = (nil, nil, nil, nil, nil, nil, nil)
    (isAdopted, wasSeenAlive, cancelSent, position) = (false, false, nil, 0)
    tail = EventTail(JobOrder.eventsFile(in: directory))
  }

  func tell(_ event: StepEvent) { told.append(event) }

  // MARK: What is learned

  /// Slurm's own words.
  func learn(_ new: SlurmState) {
    misses = 0
    if new.isOver {
      overSince = overSince ?? monotonicSeconds()
    } else {
      overSince = nil
      wasSeenAlive = true
    }
    if new.isRunning { isAtWork = true }
    guard new != state else { return }
    state = new
    if let id {
      let place = new.isRunning && !new.node.isEmpty ? " on \(new.node)" : ""
      told.append(
        .progress(done: 0, total: 0, unit: "", note: "job \(id) \(new.words)\(place)"))
    }
  }

  /// Reads what the job itself has written since the last look.
  func look() {
    guard phase != .queued, submission != nil else { return }
    let events = tail.read()
    if !events.isEmpty { isAtWork = true }
    told += events
    let found = JobEnd.read(in: directory, token: token)
    if let found, found != lastWord {
      endSeen = monotonicSeconds()
      isAtWork = true
      // What was written between the two looks.
      told += tail.read()
    }
    lastWord = found
  }

  /// What Slurm itself wrote about it: "… CANCELLED AT … DUE TO TIME LIMIT …".
  var slurmsWords: String {
    guard let file = submission?.outFile(position),
      let size = try? Path.size(file), let handle = try? FileHandle.openForReading(file),
      let bytes = try? handle.read(upTo: 1 << 12, from: max(0, size - 1 << 12))
    else { return "" }
    return String(decoding: bytes, as: UTF8.self)
  }

  // MARK: Execution

  func polled() -> [pollfd] { [] }
  var endsUnseen: Bool { false }
  var processID: Int? { nil }
  var hasBegun: Bool { isAtWork }
  var began: Double? { lastWord?.began }
  var lateEvents: [StepEvent] { readEvents() }

  func readEvents() -> [StepEvent] {
    defer { told = [] }
    return told
  }

  func outcome(blocking: Bool) -> StepOutcome? {
    if blocking { executor?.wait(for: self) }
    return result
  }

  /// Slurm's limits are Slurm's, and the node's supervisor enforces the step's.
  func checkLimits() {}

  func cancel() { stopAsked = stopAsked ?? monotonicSeconds() }

  func end() { cancel() }
}
