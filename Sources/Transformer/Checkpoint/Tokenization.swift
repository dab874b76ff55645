import Files
import Tokens

/// How the tokens and states of a model's input were made: kept as `flow_tokens` in `config.json`,
/// so that a corpus of another kind is noticed before anything is computed with it.
///
/// k-mers are told in full (`k`, `overlapping`); of byte pairs only what tells one vocabulary from another
/// (`byte_pairs`: their number and a hash), since `tokenizer.json` beside it has all of them.
public struct Tokenization: Equatable, Sendable {
  /// What a token is.
  public enum Tokens: Equatable, Sendable {
    /// Stretches of k bases, one at each base or end to end.
    case kmers(k: Int, isOverlapping: Bool)
    /// Byte pairs: how many tokens there are, and `Tokenizer.fingerprint`.
    case bytePairs(count: Int, fingerprint: String)
  }

  /// What a token is.
  public var tokens: Tokens
  /// Chromatin states by id.
  public var stateNames: [String]

  /// k-mers.
  public init(k: Int, isOverlapping: Bool, stateNames: [String]) {
    tokens = .kmers(k: k, isOverlapping: isOverlapping)
    self.stateNames = stateNames
  }

  /// What a tokenizer makes.
  public init(_ tokenizer: Tokenizer, stateNames: [String]) {
    switch tokenizer.model {
    case .kmers(let vocabulary):
      tokens = .kmers(k: vocabulary.k, isOverlapping: vocabulary.isOverlapping)
    case .bytePairs:
      tokens = .bytePairs(count: tokenizer.count, fingerprint: tokenizer.fingerprint)
    }
    self.stateNames = stateNames
  }

  init(json: JSON) throws(ModelError) {
    guard let names = json["states"]?.array else { throw ModelError("flow_tokens lacks states") }
    stateNames = names.compactMap(\.string)
    if let pairs = json["byte_pairs"] {
      guard let count = pairs["count"]?.integer, let hash = pairs["fingerprint"]?.string else {
        throw ModelError("flow_tokens.byte_pairs lacks count or fingerprint")
      }
      tokens = .bytePairs(count: count, fingerprint: hash)
    } else {
      guard let k = json["k"]?.integer, let isOverlapping = json["overlapping"]?.boolean else {
        throw ModelError("flow_tokens lacks k or overlapping")
      }
      tokens = .kmers(k: k, isOverlapping: isOverlapping)
    }
  }

  var json: JSON {
    let states = JSON.array(stateNames.map(JSON.string))
    switch tokens {
    case .kmers(let k, let isOverlapping):
      return ["k": .integer(k), "overlapping": .boolean(isOverlapping), "states": states]
    case .bytePairs(let count, let fingerprint):
      return [
        "byte_pairs": ["count": .integer(count), "fingerprint": .string(fingerprint)],
        "states": states,
      ]
    }
  }

  /// What differs from `other`, in words; nil where nothing does.
  public func difference(from other: Tokenization) -> String? {
    if tokens != other.tokens {
      return words == other.words
        ? "\(words) of another vocabulary" : "\(words) against \(other.words)"
    }
    if stateNames != other.stateNames {
      return "states \(stateNames) against \(other.stateNames)"
    }
    return nil
  }

  /// What a token is, in words.
  var words: String {
    switch tokens {
    case .kmers(let k, let isOverlapping): "\(isOverlapping ? "overlapping" : "adjacent") \(k)-mers"
    case .bytePairs(let count, _): "\(count) byte-pair tokens"
    }
  }
}
