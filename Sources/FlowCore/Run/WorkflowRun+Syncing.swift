/// How results get to the disk: in groups, beside the work.
extension WorkflowRun {
  /// A result younger than this may be made again after a power cut, or is at least read again.
  private static let syncInterval = 5.0
  /// How long the end of a run waits for the disk. What is then not known to be there is read again after the next
  /// start of the machine, and made again where it is not whole.
  private static let longestWait = 3.0

  func noteUnsynced(_ key: String) {
    if unsynced.isEmpty { unsyncedSince = monotonicSeconds() }
    unsynced.append(key)
  }

  func syncNowAndThen() throws {
    guard !sync.isRunning else { return }
    try noteSynced()
    if !unsynced.isEmpty, monotonicSeconds() - unsyncedSince > Self.syncInterval { startSync() }
  }

  func finishSyncing() throws {
    // What a short run made is made again as fast as the disk would take it, and is believed as long as the machine runs.
    guard monotonicSeconds() - startedMonotonic > Self.syncInterval else { return }
    guard sync.wait(atMost: Self.longestWait) else { return }
    try noteSynced()
    guard !unsynced.isEmpty else { return }
    startSync()
    if sync.wait(atMost: Self.longestWait) { try noteSynced() }
  }

  private func startSync() {
    syncing = unsynced
    unsynced = []
    sync.start()
  }

  /// Enters what the last sync has brought to the disk.
  private func noteSynced() throws {
    if sync.hasSucceeded { try ledger.setOnDisk(syncing) }
    syncing = []
  }
}
