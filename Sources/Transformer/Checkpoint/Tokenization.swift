import Files

/// How the tokens and states of a model's input were made: kept as `flow_tokens` in `config.json`,
/// so that a corpus of another kind is noticed before anything is computed with it.
public struct Tokenization: Equatable, Sendable {
  /// Bases in a token.
  public var k: Int
  /// Whether a token begins at every base or where the one before ends.
  public var isOverlapping: Bool
  /// Chromatin states by id.
  public var stateNames: [String]

  public init(k: Int, isOverlapping: Bool, stateNames: [String]) {
    self.k = k
    self.isOverlapping = isOverlapping
    self.stateNames = stateNames
  }

  init(json: JSON) throws(ModelError) {
    guard let k = json["k"]?.integer, let isOverlapping = json["overlapping"]?.boolean,
      let names = json["states"]?.array
    else { throw ModelError("flow_tokens lacks k, overlapping or states") }
    self.init(k: k, isOverlapping: isOverlapping, stateNames: names.compactMap(\.string))
  }

  var json: JSON {
    [
      "k": .integer(k), "overlapping": .boolean(isOverlapping),
      "states": .array(stateNames.map(JSON.string)),
    ]
  }

  /// What differs from `other`, in words; nil where nothing does.
  public func difference(from other: Tokenization) -> String? {
    if k != other.k || isOverlapping != other.isOverlapping {
      return "\(words) against \(other.words)"
    }
    if stateNames != other.stateNames {
      return "states \(stateNames) against \(other.stateNames)"
    }
    return nil
  }

  private var words: String { "\(isOverlapping ? "overlapping" : "adjacent") \(k)-mers" }
}
