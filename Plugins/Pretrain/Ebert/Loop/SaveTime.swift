/// Whether a checkpoint can be written before the host ends a step that was told to stop.
///
/// What the step in progress has still to compute is skipped, so the checkpoint is what a stop waits for.
enum SaveTime {
  /// What the host waits, from SIGTERM to SIGKILL.
  private static let grace = Duration.seconds(30)
  /// From where on it is too close: another save may be slower.
  private static let longest = Duration.seconds(20)

  /// What to tell the user of a checkpoint that took so long; nil where there is time enough.
  static func warning(_ spent: Duration) -> String? {
    guard spent > longest else { return nil }
    return "a checkpoint took \(spent.components.seconds) s, and a step that is told to stop has "
      + "\(grace.components.seconds) s: a stop may lose the steps since the last regular checkpoint; "
      + "lower checkpoint_every, or give the scratch directory a faster disk"
  }
}
