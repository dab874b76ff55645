import Files

/// What a checkpoint of a training run holds: `manifest.json` in its directory.
struct TrainingCheckpointManifest: Equatable {
  static let format = "flow.training-state/1"

  /// See `TrainingState.identity`.
  var identity: String
  /// Optimizer steps taken.
  var step: Int
  /// The size of `state.safetensors`.
  var bytes: Int
  /// The SHA-256 of each tensor's bytes in `state.safetensors`, by name: they tell what is damaged.
  var tensors: [String: String]
  /// The caller's.
  var facts: JSON

  var json: JSON {
    [
      "format": .string(Self.format), "identity": .string(identity), "step": .integer(step),
      "bytes": .integer(bytes), "tensors": .object(tensors.mapValues(JSON.string)), "facts": facts,
    ]
  }

  init(identity: String, step: Int, bytes: Int, tensors: [String: String], facts: JSON) {
    self.identity = identity
    self.step = step
    self.bytes = bytes
    self.tensors = tensors
    self.facts = facts
  }

  init(parsing text: String) throws(TrainingCheckpoint.Unusable) {
    guard let json = try? JSON(parsing: text) else { throw .damaged("manifest.json is not JSON") }
    guard json["format"]?.string == Self.format else {
      throw .foreign(
        "it is of the format \(json["format"]?.text ?? "none"), this program reads \"\(Self.format)\""
      )
    }
    guard let identity = json["identity"]?.string, let step = json["step"]?.integer, step >= 0,
      let bytes = json["bytes"]?.integer, let tensors = json["tensors"]?.object,
      let facts = json["facts"]
    else {
      throw .damaged("manifest.json lacks identity, step, bytes, tensors or facts")
    }
    self.init(
      identity: identity, step: step, bytes: bytes,
      tensors: tensors.compactMapValues(\.string), facts: facts)
  }
}
