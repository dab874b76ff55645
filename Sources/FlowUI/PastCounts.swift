import FlowCore
import Synchronization

/// How the steps of past runs ended: counted once, as they do not change any more.
final class PastCounts: Sendable {
  private let known = Mutex<[String: [StepStatus: Int]]>([:])

  func counts(of run: RunRecord, in ledger: Ledger) throws -> [StepStatus: Int] {
    let key = "\(run.id) \(run.ended ?? 0)"
    if run.status != .running, let counts = known.withLock({ $0[key] }) { return counts }
    let counts = try ledger.counts(ofRun: run.id)
    if run.status != .running {
      known.withLock { known in
        if known.count > 10_000 { known = [:] }
        known[key] = counts
      }
    }
    return counts
  }
}
