import Files

/// The course of a training run: what is plotted, and what a resumed run must know of the part
/// before.
struct Course: Equatable {
  struct Point: Equatable {
    /// The training step.
    let step: Int
    let value: Double
  }

  /// Mean loss since the point before, in nats per masked token.
  var training: [Point] = []
  /// Loss on the fixed validation windows.
  var validation: [Point] = []
  /// The sum of the losses since the last point of `training`, and how many they are.
  var sum = 0.0
  var count = 0

  var json: JSON {
    func list(_ points: [Point]) -> JSON {
      .array(points.map { [.integer($0.step), .number($0.value)] })
    }
    return ["training": list(training), "validation": list(validation)]
  }

  /// All of it, for a checkpoint.
  var facts: JSON {
    var object = json.object ?? [:]
    object["sum"] = .number(sum)
    object["count"] = .integer(count)
    return .object(object)
  }

  init() {}

  /// - Returns: nil for what `facts` did not write.
  init?(facts: JSON) {
    func list(_ name: String) -> [Point]? {
      facts[name]?.array?.compactMap { pair in
        guard let step = pair.array?.first?.integer, let value = pair.array?.last?.number else {
          return nil
        }
        return Point(step: step, value: value)
      }
    }
    guard let training = list("training"), let validation = list("validation"),
      let sum = facts["sum"]?.number, let count = facts["count"]?.integer
    else { return nil }
    self.training = training
    self.validation = validation
    self.sum = sum
    self.count = count
  }
}
