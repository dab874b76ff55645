import Files

/// How a step is run, as far as something is said: by the step, by the workflow's `defaults:` or by a profile.
///
/// It decides nothing of a result, and so plays no part in a step's key.
public struct StepPolicy: Equatable, Sendable {
  public var cpus: Int?
  public var memory: Amount?
  public var time: Amount?
  public var gpus: Int?
  public var retries: Retries?
  public var onFailure: FailurePolicy?
  /// `local` or `slurm`.
  public var executor: String?
  public var slurm = SlurmOptions()
  /// What it may reach beyond its inputs and outputs.
  public var confinement = Confinement()
  /// Names of variables that it gets and that are kept out of all records.
  public var secrets: [String] = []

  public init() {}

  /// An amount that may grow with each attempt that was ended for want of it.
  public struct Amount: Equatable, Sendable {
    /// Bytes of memory, seconds of time.
    public var start: Int
    public var growth: Growth?
    /// Whether a step that takes more is ended.
    public var isEnforced = true

    /// How often it grows until it is at its most.
    var stepsOfGrowth: Int {
      guard let growth else { return 0 }
      return (0...64).first { growth.amount(from: start, after: $0) >= growth.most } ?? 64
    }
  }

  /// This with what `other` says in its place.
  public func overridden(by other: StepPolicy) -> StepPolicy {
    var policy = self
    policy.cpus = other.cpus ?? cpus
    policy.memory = other.memory ?? memory
    policy.time = other.time ?? time
    policy.gpus = other.gpus ?? gpus
    policy.retries = other.retries ?? retries
    policy.onFailure = other.onFailure ?? onFailure
    policy.executor = other.executor ?? executor
    policy.slurm = slurm.overridden(by: other.slurm)
    // These add up: a profile may name what all steps of a site need.
    policy.confinement = confinement.joined(with: other.confinement)
    policy.secrets += other.secrets.filter { !secrets.contains($0) }
    return policy
  }

  /// How often a task is tried again: what grows is a reason of its own, until it has grown to its most.
  public var effectiveRetries: Retries {
    var growing: Set<Fault> = []
    if memory?.growth != nil { growing.insert(.memory) }
    if time?.growth != nil { growing.insert(.time) }
    var effective =
      retries
      ?? Retries(times: (memory?.stepsOfGrowth ?? 0) + (time?.stepsOfGrowth ?? 0))
    effective.onlyWithMore = retries == nil
    if effective.faults == nil {
      effective.faults = retries == nil ? growing : growing.union([.unavailable])
    }
    return effective
  }

  /// What a task gets.
  public var resources: Resources {
    var resources = Resources(
      cpus: cpus ?? 1, memory: memory?.start, time: time?.start, gpus: gpus ?? 0)
    resources.memoryGrowth = memory?.growth
    resources.timeGrowth = time?.growth
    resources.isMemoryEnforced = memory?.isEnforced ?? true
    return resources
  }
}

/// How an amount grows: each time by `factor`, at most to `most`.
public struct Growth: Equatable, Sendable {
  public var factor: Double
  public var most: Int

  /// The amount after it has grown so often.
  public func amount(from start: Int, after times: Int) -> Int {
    var amount = Double(start)
    // A loop rather than a power: it ends as soon as nothing changes any more.
    for _ in 0..<max(0, times) where amount < Double(most) { amount *= factor }
    return amount >= Double(most) ? max(start, most) : Int(amount)
  }
}

/// What a step may use.
public struct Resources: Equatable, Sendable {
  public var cpus = 1
  /// In bytes; nil where nothing is said.
  public var memory: Int?
  /// In seconds; nil for no limit.
  public var time: Int?
  public var gpus = 0
  /// By how much more there is after an attempt that was ended for want of it; nil for no more.
  public var memoryGrowth: Growth?
  public var timeGrowth: Growth?
  /// Whether a step that uses more than `memory` is ended, or `memory` only decides what runs side by side.
  public var isMemoryEnforced = true
  /// The GPUs that an attempt was given, as CUDA_VISIBLE_DEVICES takes them.
  public var devices: [String] = []

  public init(cpus: Int = 1, memory: Int? = nil, time: Int? = nil, gpus: Int = 0) {
    self.cpus = cpus
    self.memory = memory
    self.time = time
    self.gpus = gpus
  }

  /// What an attempt gets after so many attempts that were ended for want of memory, and of time.
  public func grown(memory memoryFaults: Int, time timeFaults: Int) -> Resources {
    var grown = self
    grown.memory = memory.map { memoryGrowth?.amount(from: $0, after: memoryFaults) ?? $0 }
    grown.time = time.map { timeGrowth?.amount(from: $0, after: timeFaults) ?? $0 }
    return grown
  }
}

/// Why an attempt ended without a result, as far as `retries:` tells these apart.
public enum Fault: String, CaseIterable, Sendable {
  /// The world was at fault: exit code 75.
  case unavailable
  /// The step failed or crashed.
  case failed
  /// It took more memory than it was given, or was killed.
  case memory
  /// It reached its time limit.
  case time
}

/// How often a step is tried again, and after which faults.
public struct Retries: Equatable, Sendable {
  public var times: Int
  /// Seconds before the first retry.
  public var delay = 1.0
  /// By how much longer each further one waits.
  public var backoff = 2.0
  /// nil stands for those of the world, and want of what grows.
  public var faults: Set<Fault>?
  /// Whether an attempt that would get no more than the last is none.
  var onlyWithMore = false

  public init(times: Int = 0) { self.times = times }

  /// However often it failed, the next try comes within this time, in seconds.
  static let longestDelay = 3600.0
  public static let none = Retries(times: 0)

  /// Seconds to wait after the attempt with this number, counted from 1.
  public func delay(after attempt: Int) -> Double {
    var delay = delay
    for _ in 1..<max(1, attempt) where delay < Self.longestDelay { delay *= backoff }
    return min(delay, Self.longestDelay)
  }
}

/// What becomes of the other steps when one fails.
public enum FailurePolicy: String, CaseIterable, Sendable {
  /// Nothing new is started, and what runs is stopped.
  case stop
  /// Whatever does not need it is run.
  case finish
  /// The run goes on as if the step had not been wanted.
  case ignore
}
