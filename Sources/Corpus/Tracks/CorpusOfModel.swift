import DNA
import Tokens

extension Corpus {
  /// Opens a corpus as a model was trained on it: the track, or the tracks in that order, whose states are the
  /// model's, and its k-mers. Where no track fits, the first is read, and the caller will find the difference.
  ///
  /// - Parameters:
  ///   - stateNames: of the model, by id, without a mask; nil where it does not tell.
  ///   - kmers: of the model; nil where it does not tell, or has none.
  /// - Throws: as `init(directory:tracks:)`.
  public init(directory: String, stateNames: [String]?, kmers: Vocabulary?) throws {
    var corpus = try Corpus(directory: directory)
    if let stateNames, stateNames != corpus.stateNames {
      let names = corpus.tracks.map(\.name)
      for chosen in Corpus.orders(of: names) {
        let other = try? ChosenTracks(chosen, of: corpus.tracks)
        if let other, other.stateNames == stateNames {
          corpus = try Corpus(directory: directory, tracks: chosen)
          break
        }
      }
    }
    self = try kmers.map { try corpus.reading(Tokenizer($0)) } ?? corpus
  }

  /// All choices of one to three of some names, in every order: a model of more tracks has more states than
  /// it can learn.
  private static func orders(of names: [String]) -> [[String]] {
    var orders = names.map { [$0] }
    var longest = orders
    for _ in 1..<3 {
      longest = longest.flatMap { order in
        names.filter { !order.contains($0) }.map { order + [$0] }
      }
      orders += longest
    }
    return orders
  }
}
