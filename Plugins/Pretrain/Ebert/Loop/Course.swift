import Files

/// The course of a training run: its curves, and what a resumed run must know of the part before.
struct Course: Equatable {
  /// What is plotted. The raw value is the metric's name.
  enum Curve: String, CaseIterable {
    /// Mean loss since the point before, in nats per masked token.
    case training = "loss/train"
    /// Loss on the fixed windows of each validation set.
    case validation = "loss/validation"
    case validationCellTypes = "loss/validation_cell_types"
    case validationBoth = "loss/validation_both"
    /// The same of masked states, in nats per masked bin.
    case trainingStates = "loss/train_states"
    case validationStates = "loss/validation_states"
    case validationCellTypesStates = "loss/validation_cell_types_states"
    case validationBothStates = "loss/validation_both_states"
    case learningRate = "learning_rate"
    /// Mean norm of the whole gradient since the point before, before clipping.
    case gradientNorm = "gradient_norm"

    /// The key in `summary.json`; nil for what is no loss.
    var summaryKey: String? {
      guard rawValue.hasPrefix("loss/") else { return nil }
      switch self {
      case .training: return "training"
      case .trainingStates: return "training_states"
      default: return String(rawValue.dropFirst(5))
      }
    }
  }

  struct Point: Equatable {
    /// The training step.
    let step: Int
    let value: Double
  }

  /// Where the loss on the validation windows was least.
  struct Best: Equatable {
    let step: Int
    /// Of the weights.
    let sha256: String
  }

  /// In the order of the steps.
  private(set) var curves: [Curve: [Point]] = [:]
  /// The sums of the losses and gradient norms since the last point, and how many steps they are of.
  private var loss = 0.0
  private var stateLoss = 0.0
  /// How many of those steps had states to guess.
  private var stateCount = 0
  private var norm = 0.0
  private var count = 0
  /// How many of those steps had no tokens to guess.
  private var silentCount = 0
  /// The losses of the last steps, the newest last.
  private(set) var recent: [Double] = []
  /// nil without early stopping.
  var best: Best?

  subscript(curve: Curve) -> [Point] { curves[curve] ?? [] }

  /// Adds a point to a curve.
  mutating func append(_ curve: Curve, _ step: Int, _ value: Double) {
    curves[curve, default: []].append(Point(step: step, value: value))
  }

  /// Adds a training step to the coming point, and to the `kept` recent losses.
  ///
  /// - Parameters:
  ///   - loss: nil where the step had no tokens to guess: that is no loss of 0.
  ///   - stateLoss: nil where the step had no states to guess.
  mutating func add(loss: Double?, stateLoss: Double? = nil, norm: Double, keeping kept: Int) {
    if let stateLoss {
      self.stateLoss += stateLoss
      stateCount += 1
    }
    self.norm += norm
    count += 1
    guard let loss else {
      silentCount += 1
      return
    }
    self.loss += loss
    recent.append(loss)
    if recent.count > kept { recent.removeFirst(recent.count - kept) }
  }

  /// Ends the coming point: the means of the steps added since the last.
  mutating func endPoint(at step: Int, learningRate: Double) {
    guard count > 0 else { return }
    if count > silentCount { append(.training, step, loss / Double(count - silentCount)) }
    if stateCount > 0 { append(.trainingStates, step, stateLoss / Double(stateCount)) }
    append(.learningRate, step, learningRate)
    append(.gradientNorm, step, norm / Double(count))
    (loss, stateLoss, norm) = (0, 0, 0)
    (count, stateCount, silentCount) = (0, 0, 0)
  }

  /// The lowest point of a curve, where a point counts as lower only if it is so by `minimum` at least.
  static func best(of points: [Point], improvingBy minimum: Double) -> Point? {
    points.dropFirst().reduce(points.first) { best, point in
      guard let best, !(point.value < best.value && point.value <= best.value - minimum) else {
        return point
      }
      return best
    }
  }

  /// The loss curves, for `summary.json`.
  var json: JSON {
    var object: [String: JSON] = [:]
    for curve in Curve.allCases {
      if let key = curve.summaryKey, let points = curves[curve] { object[key] = list(points) }
    }
    return .object(object)
  }
}

/// All of it as JSON, for a checkpoint.
extension Course {
  var facts: JSON {
    var object: [String: JSON] = [
      "loss": .number(loss), "norm": .number(norm), "count": .integer(count),
      "recent": .array(recent.map(JSON.number)),
    ]
    if stateCount > 0 {
      object["state_loss"] = .number(stateLoss)
      object["state_count"] = .integer(stateCount)
    }
    if silentCount > 0 { object["silent_count"] = .integer(silentCount) }
    for (curve, points) in curves { object[curve.rawValue] = list(points) }
    if let best { object["best"] = ["step": .integer(best.step), "sha256": .string(best.sha256)] }
    return .object(object)
  }

  /// - Returns: nil for what `facts` did not write.
  init?(facts: JSON) {
    guard let loss = facts["loss"]?.number, let norm = facts["norm"]?.number,
      let count = facts["count"]?.integer, let recent = facts["recent"]?.array
    else { return nil }
    self.loss = loss
    stateLoss = facts["state_loss"]?.number ?? 0
    stateCount = facts["state_count"]?.integer ?? 0
    self.norm = norm
    self.count = count
    silentCount = facts["silent_count"]?.integer ?? 0
    self.recent = recent.compactMap(\.number)
    if let step = facts["best"]?["step"]?.integer, let hash = facts["best"]?["sha256"]?.string {
      best = Best(step: step, sha256: hash)
    }
    for curve in Curve.allCases {
      guard let points = facts[curve.rawValue]?.array else { continue }
      curves[curve] = points.compactMap { pair in
        guard let step = pair.array?.first?.integer, let value = pair.array?.last?.number else {
          return nil
        }
        return Point(step: step, value: value)
      }
    }
  }

  private func list(_ points: [Point]) -> JSON {
    .array(points.map { [.integer($0.step), .number($0.value)] })
  }
}
