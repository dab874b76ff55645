import Files
import Glibc

/// Checkpoints of a training run in its scratch directory: weights, moments, step, and the caller's
/// facts.
///
/// A run that was killed goes on from the newest checkpoint that passes its verification, and ends
/// with the same bits, if all its random choices are functions of (seed, step). A checkpoint is a
/// directory `step-N` (see `TrainingCheckpoint`). It is written as `partial`, brought to the disk, read
/// back from there and compared, and only then renamed; the newest two of a run are kept, and an older
/// one is removed only after that. Checkpoints of other runs are let be.
///
/// From the first `save` or `restore` until this object goes, no other process can use the directory.
public final class TrainingState {
  public let directory: String
  /// What must be equal between the run that wrote a checkpoint and the run that goes on from it,
  /// for instance a hash of the parameters and inputs; other checkpoints are passed over.
  public let identity: String
  private var lock: DirectoryLock?
  /// Names of our checkpoints that did not pass; they go when the next one stands.
  private var damaged: Set<String> = []
  /// Names of those that the system would not let us read: they may be whole, and are let be.
  private var unreadable: Set<String> = []
  /// Names of those that passed, or were written, since this object was made.
  private var sound: Set<String> = []

  public init(directory: String, identity: String) {
    self.directory = directory
    self.identity = identity
  }

  /// Writes a checkpoint of `optimizer` and its parameters, verifies it, and removes all but the
  /// newest two of this run.
  ///
  /// - Parameter facts: anything the run needs to go on, for instance the best validation loss so far.
  /// - Returns: why an older checkpoint could not be removed, though this one stands; nil where all went
  ///   well.
  /// - Throws: `FileError`: the disk is full or refuses, or gives back other bytes than it was given, or
  ///   another process trains here. The checkpoints before this one are then as they were.
  @discardableResult
  public func save(_ optimizer: AdamW, facts: JSON) throws(FileError) -> FileError? {
    try takeDirectory()
    let aside = TrainingCheckpoint(directory: "\(directory)/partial")
    let name: String
    do throws(FileError) {
      try aside.write(optimizer, identity: identity, facts: facts)
      try verify(aside, optimizer)
      name = try freeName(optimizer.steps)
      try WholeFile.publish(aside.directory, as: "\(directory)/\(name)")
    } catch {
      // Its space, on a full disk, may be what the caller needs to go on.
      try? Path.remove(aside.directory)
      throw error
    }
    sound.insert(name)
    do throws(FileError) {
      try discardOld(after: name)
      return nil
    } catch { return error }
  }

  /// Loads the newest checkpoint that passes its verification into `optimizer` and its parameters.
  ///
  /// - Parameters:
  ///   - lacks: what a checkpoint of these facts needs beside itself and has not, in words; nil where it can
  ///     be gone on from. Where it throws, the checkpoint counts as one that cannot be read.
  ///   - passedOver: told of each newer checkpoint that is damaged or of another run, and why.
  /// - Returns: the facts it was saved with; nil where there is no usable checkpoint.
  /// - Throws: `FileError` where the directory cannot be used, `FileError` or `ModelError` where a
  ///   checkpoint changes while it is loaded; the numbers in memory are then those of no step.
  public func restore(
    _ optimizer: AdamW, lacks: (JSON) throws(FileError) -> String? = { _ in nil },
    passedOver: (String) -> Void
  ) throws -> JSON? {
    try takeDirectory()
    for name in try checkpoints() {
      let checkpoint = TrainingCheckpoint(directory: "\(directory)/\(name)")
      let manifest: TrainingCheckpointManifest
      do throws(TrainingCheckpoint.Unusable) {
        manifest = try checkpoint.verify(identity: identity, for: optimizer)
        try check(manifest.facts, lacks)
      } catch {
        switch error {
        case .damaged, .incomplete: damaged.insert(name)
        case .unreadable: unreadable.insert(name)
        case .foreign: break
        }
        passedOver("checkpoint \(name) is passed over: \(error)")
        continue
      }
      try checkpoint.load(into: optimizer, manifest)
      sound.insert(name)
      return manifest.facts
    }
    return nil
  }

  private func check(
    _ facts: JSON, _ lacks: (JSON) throws(FileError) -> String?
  ) throws(TrainingCheckpoint.Unusable) {
    let reason: String?
    do throws(FileError) {
      reason = try lacks(facts)
    } catch { throw .unreadable(error) }
    if let reason { throw .incomplete(reason) }
  }

  /// Locks the directory, and clears away what a killed process left half done.
  private func takeDirectory() throws(FileError) {
    if lock == nil {
      try Path.createDirectory(directory)
      lock = try DirectoryLock(directory)
    }
    for name in ["partial", "discarded"] { try Path.remove("\(directory)/\(name)") }
  }

  private func verify(_ checkpoint: TrainingCheckpoint, _ optimizer: AdamW) throws(FileError) {
    do throws(TrainingCheckpoint.Unusable) {
      try checkpoint.verify(identity: identity, for: optimizer)
    } catch {
      if case .unreadable(let error) = error { throw error }
      throw FileError(
        "verify", checkpoint.directory,
        reason: "what was read back is not what was written (\(error)); the disk or the memory of "
          + "this machine is failing")
    }
  }

  /// A name that no checkpoint has: nothing is ever written over.
  private func freeName(_ step: Int) throws(FileError) -> String {
    var name = "step-\(step)"
    var attempt = 1
    while try Path.kind("\(directory)/\(name)") != nil {
      attempt += 1
      name = "step-\(step)-\(attempt)"
    }
    return name
  }

  /// Removes what the checkpoint `newest`, just verified, makes superfluous: all of this run but itself and
  /// the one before.
  ///
  /// The one before is one that is known to be sound, if there is any: a higher number is no merit.
  private func discardOld(after newest: String) throws(FileError) {
    for name in try checkpoints() where damaged.contains(name) { try discard(name) }
    damaged = []
    let others = try checkpoints().filter { name in
      if name == newest || unreadable.contains(name) { return false }
      let checkpoint = TrainingCheckpoint(directory: "\(directory)/\(name)")
      return (try? checkpoint.manifest(identity: identity)) != nil
    }
    let before = others.first(where: sound.contains) ?? others.first
    for name in others where name != before { try discard(name) }
  }

  /// By another name first, so that no half of it is ever taken for a damaged checkpoint.
  private func discard(_ name: String) throws(FileError) {
    try WholeFile.publish("\(directory)/\(name)", as: "\(directory)/discarded")
    try Path.remove("\(directory)/discarded")
  }

  /// The names of checkpoints, newest first: `step-N`, or `step-N-2` and so on where one of the same
  /// step was there.
  private func checkpoints() throws(FileError) -> [String] {
    try Path.list(directory).compactMap { name -> (name: String, step: Int, attempt: Int)? in
      let parts = name.split(separator: "-", omittingEmptySubsequences: false)
      guard parts.count == 2 || parts.count == 3, parts[0] == "step",
        let step = Int(parts[1]), let attempt = parts.count == 3 ? Int(parts[2]) : 1
      else { return nil }
      return (name, step, attempt)
    }.sorted { ($0.step, $0.attempt) > ($1.step, $1.attempt) }.map(\.name)
  }
}
