/// Why a step was run, or was not; why it would be.
public enum Reason: Sendable {
  /// The result of this step was taken: it has the same key.
  case reused(StepRecord)
  /// Nothing of this name was ever run in this workflow.
  case new
  /// Its key is not that of the most similar earlier step of its name. The changes begin with the step itself
  /// and go back to their causes.
  case changed(since: StepRecord, [StepChange])
  /// There was a result under its key, and it is no longer whole.
  case lost(LostResult)
  /// The same work was begun before, and did not end well.
  case unfinished(StepRecord)
  /// A result under its key was there, and the history does not say what became of it.
  case forgotten(StepRecord)
  /// It cannot be told before these steps have run.
  case waits([String])
  /// It never came to a key: an input has no result, or cannot be read.
  case blocked(String)
}

/// A step whose key changed, and in what.
public struct StepChange: Equatable, Sendable {
  /// The step's name.
  public var step: String
  /// What was changed on purpose first, inputs last.
  public var differences: [Change]

  /// A difference, and for an input what lies behind it.
  public struct Change: Equatable, Sendable {
    /// What differs.
    public var difference: Difference
    /// Where its cause is.
    public var origin = Origin.here
    /// Of an input that is a directory: its files that came, went or changed, by path, as far as they are known.
    public var files: [FileChange] = []
  }

  /// A file of a directory that was and is; nil where it was not, or is no longer, there.
  public struct FileChange: Equatable, Sendable {
    /// In the directory.
    public var path: String
    /// SHA-256.
    public var old: String?
    /// SHA-256.
    public var new: String?
  }

  /// Where the cause of a difference is to be found.
  public enum Origin: Equatable, Sendable {
    /// In what is said.
    case here
    /// In the step that made the input, whose key changed too.
    case changed(step: String)
    /// In the step that made the input: it was made again with the same key and came out different.
    case madeAgain(step: String)
  }
}

extension Reason {
  /// The changes that are not the consequence of others, each with its step.
  public var causes: [(step: String, difference: StepChange.Change)] {
    guard case .changed(_, let changes) = self else { return [] }
    return changes.flatMap { change in
      change.differences.compactMap {
        if case .changed = $0.origin { nil } else { (change.step, $0) }
      }
    }
  }

  /// In a few words, for a table.
  ///
  /// - Parameter name: of the step, which then need not be said.
  public func summary(of name: String) -> String {
    switch self {
    case .reused(let step): return "result of run \(step.run)"
    case .new: return "never run before"
    case .lost(let loss): return loss.summary
    case .unfinished(let step):
      switch step.status {
      case .failed: return "it failed before"
      case .cancelled: return "it was stopped before it was done"
      default: return "it was killed before it was done"
      }
    case .forgotten: return "its earlier result is gone"
    case .waits(let steps):
      let more = steps.count > 2 ? " and \(steps.count - 2) more" : ""
      return "after \(steps.prefix(2).joined(separator: ", "))\(more)"
    case .blocked(let message): return message
    case .changed:
      let causes = causes
      guard let first = causes.first else { return "its key changed" }
      let step = first.step == name ? "" : "\(first.step): "
      let more = causes.count > 1 ? ", and \(causes.count - 1) more" : ""
      if case .madeAgain(let maker) = first.difference.origin {
        return "\(step)\(maker) came out different\(more)"
      }
      let difference = first.difference.difference
      return "\(step)\(difference.part) \(difference.values)\(more)"
    }
  }
}
