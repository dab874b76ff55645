import Dispatch
import Synchronization

/// Pieces of work done by several threads, their results in the order of the pieces.
///
/// Results, and which error is told, do not depend on the number of threads: pieces are begun in order, and
/// where several fail the first in order counts.
struct InParallel<Piece: Sendable> {
  /// What a piece that is no longer wanted throws.
  struct Stopped: Error {}

  private struct State {
    var next = 0
    var results: [Piece?]
    var done = 0
    var failure: (piece: Int, error: any Error)?
    var isStopped = false
  }

  /// Shared by the threads.
  private final class Board: Sendable {
    let state: Mutex<State>
    init(_ count: Int) {
      state = Mutex(State(results: [Piece?](repeating: nil, count: count)))
    }

    /// The next piece to do; nil where there is none, or none that matters.
    func take() -> Int? {
      state.withLock { state in
        guard state.next < state.results.count, !state.isStopped, state.failure == nil else {
          return nil
        }
        state.next += 1
        return state.next - 1
      }
    }

    func check(_ piece: Int) throws(Stopped) {
      let isWanted = state.withLock { state in
        !state.isStopped && (state.failure.map { piece < $0.piece } ?? true)
      }
      if !isWanted { throw Stopped() }
    }

    func finish(_ piece: Int, _ result: Result<Piece, any Error>) {
      state.withLock { state in
        switch result {
        case .success(let value):
          state.results[piece] = value
          state.done += 1
        case .failure(let error):
          if error is Stopped { return }
          if state.failure.map({ piece < $0.piece }) ?? true { state.failure = (piece, error) }
        }
      }
    }
  }

  /// Does all pieces.
  ///
  /// - Parameters:
  ///   - count: how many pieces there are.
  ///   - threads: at most so many at once; at least 1.
  ///   - report: called now and then on the caller's thread with the number of pieces done; may throw to stop.
  ///   - work: does a piece, on any thread; must call its second argument now and then, which throws when the
  ///     piece is no longer wanted.
  /// - Throws: what `report` throws; else the error of the first piece that failed.
  static func map(
    _ count: Int, threads: Int, report: (_ done: Int) throws -> Void,
    work: @escaping @Sendable (_ piece: Int, _ check: () throws -> Void) throws -> Piece
  ) throws -> [Piece] {
    let board = Board(count)
    let ended = DispatchSemaphore(value: 0)
    let threads = max(1, min(threads, count))
    for _ in 0..<threads {
      DispatchQueue.global().async {
        while let piece = board.take() {
          board.finish(piece, Result { try work(piece) { try board.check(piece) } })
        }
        ended.signal()
      }
    }
    var stop: (any Error)?
    for _ in 0..<threads {
      while ended.wait(timeout: .now() + .milliseconds(100)) == .timedOut {
        do {
          if stop == nil { try report(board.state.withLock { $0.done }) }
        } catch {
          stop = error
          board.state.withLock { $0.isStopped = true }
        }
      }
    }
    if let stop { throw stop }
    let (results, failure) = board.state.withLock { ($0.results, $0.failure) }
    if let failure { throw failure.error }
    try report(count)
    return results.compactMap(\.self)
  }
}
