import Files

/// The directories and files of one attempt at a step; all paths are absolute.
struct AttemptDirectories {
  /// For the outputs; empty at first. No attempt has the same: a process that outlived its engine cannot write to
  /// another's outputs.
  let partial: String
  /// A plugin's scratch directory, as the last attempt at the same key left it; or where a script works, empty.
  let work: String
  let isScript: Bool
  /// What the attempts at this key have printed, one after the other.
  let log: String
  /// What runs the step again, anywhere.
  let command: String

  /// The attempt has ended, and its outputs, if it is done, are in the store.
  ///
  /// A script's directory is kept where it failed, for whoever looks for the cause; a plugin's scratch directory, for
  /// the next attempt.
  func leave(isDone: Bool, to directories: WorkDirectories) {
    if !isDone {
      try? Path.remove(partial)
    } else if isScript {
      directories.giveBack(work)
    } else {
      try? Path.remove(work)
    }
  }
}
