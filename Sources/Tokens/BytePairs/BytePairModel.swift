import DNA

/// A byte-pair vocabulary: the tokens, and the merges that make them, in the order in which they apply.
///
/// The text of a sequence is cut into its letters, and of all neighbours that a merge joins those of the
/// earliest merge, and among them the leftmost, are joined, until none is left. Imported from a
/// `tokenizer.json` or trained by `BytePairTrainer`.
public struct BytePairModel: Hashable, Sendable {
  /// Two tokens that become one where they stand side by side.
  public struct Merge: Hashable, Sendable {
    /// The ids of the two tokens, and of the token whose text is theirs in a row.
    public let left, right, result: Int32

    public init(left: Int32, right: Int32, result: Int32) {
      self.left = left
      self.right = right
      self.result = result
    }
  }

  /// The most tokens and letters of a token that are accepted. Genomic vocabularies have up to 32,000.
  public static let mostTokens = 1 << 17
  static let mostLetters = 1 << 12
  /// Letters of all tokens times different letters: bounds the memory of an encoder's tree.
  static let mostTreeEntries = 1 << 26

  /// By id: the text of the token.
  public let tokens: [String]
  /// By rank: the merges; the first applies first.
  public let merges: [Merge]
  /// The ids of the tokens that stand for no bases.
  public let specials: SpecialTokens
  /// Whether letters without a token that stand side by side are one `[UNK]`, not one each.
  public let fusesUnknown: Bool
  /// By ASCII byte: what it is read as, such as its capital.
  public let folding: [UInt8]
  /// By ASCII byte: the id of the token that a letter is, `specials.unknown` for a letter without one.
  let letters: [Int32]
  /// By code of `Base`: the same.
  let bases: [Int32]
  /// The letters of the longest token that stands for bases.
  public let longestToken: Int
  private let ids: [String: Int32]

  /// - Parameters:
  ///   - fusesUnknown: whether a run of letters without a token is one `[UNK]`.
  ///   - folding: by byte, what it is read as; folding twice must be folding once.
  /// - Throws: `GenomeError` where a token is too long, a text is that of two tokens, a merge does not give
  ///   the text that its parts make, or an id is none of a token.
  public init(
    tokens: [String], merges: [Merge], specials: SpecialTokens, fusesUnknown: Bool = false,
    folding: [UInt8] = BytePairModel.capitalBases
  ) throws(GenomeError) {
    guard tokens.count <= BytePairModel.mostTokens else {
      throw GenomeError(
        "\(tokens.count) tokens; at most \(BytePairModel.mostTokens) are read")
    }
    guard merges.count <= BytePairModel.mostTokens else {
      throw GenomeError("\(merges.count) merges; at most \(BytePairModel.mostTokens) are read")
    }
    var ids: [String: Int32] = [:]
    for (id, token) in tokens.enumerated() {
      guard (1...BytePairModel.mostLetters).contains(token.utf8.count) else {
        throw GenomeError(
          "token \(id) has \(token.utf8.count) bytes; 1 to \(BytePairModel.mostLetters) are allowed"
        )
      }
      guard ids.updateValue(Int32(id), forKey: token) == nil else {
        throw GenomeError("two tokens have the text '\(token.prefix(40))'")
      }
    }
    for (rank, merge) in merges.enumerated() {
      for id in [merge.left, merge.right, merge.result] where !tokens.indices.contains(Int(id)) {
        throw GenomeError("merge \(rank) names token \(id) of \(tokens.count)")
      }
      let (left, right) = (tokens[Int(merge.left)], tokens[Int(merge.right)])
      guard left + right == tokens[Int(merge.result)] else {
        throw GenomeError(
          "merge \(rank) joins '\(left.prefix(40))' and '\(right.prefix(40))' to another text")
      }
    }
    self.tokens = tokens
    self.ids = ids
    self.merges = merges
    self.specials = specials
    self.fusesUnknown = fusesUnknown
    for id in specials.ids where !tokens.indices.contains(Int(id)) {
      throw GenomeError("special token \(id) of \(tokens.count) tokens")
    }
    guard folding.count == 256, folding.allSatisfy({ folding[Int($0)] == $0 }) else {
      throw GenomeError("letters are replaced by letters that are replaced themselves")
    }
    self.folding = folding
    let special = Set(specials.ids)
    var letters = [Int32](repeating: specials.unknown, count: 256)
    for byte in UInt8(0)..<128 {
      let text = String(UnicodeScalar(folding[Int(byte)]))
      if let id = ids[text], !special.contains(id) { letters[Int(byte)] = id }
    }
    self.letters = letters
    bases = (Base.letters + [UInt8(ascii: "N")]).map { base in
      // A vocabulary of small letters is one of bases all the same.
      let id = letters[Int(base)]
      return id == specials.unknown ? letters[Int(base) + 32] : id
    }
    longestToken =
      tokens.enumerated().lazy.filter { !special.contains(Int32($0.offset)) }
      .map(\.element.utf8.count).max() ?? 0
    let size = tokens.reduce(0) { $0 + $1.utf8.count } * max(1, Set(letters).count - 1)
    guard size <= BytePairModel.mostTreeEntries else {
      throw GenomeError(
        "its tokens have too many letters in all (\(size) letters times alphabet; at most "
          + "\(BytePairModel.mostTreeEntries))")
    }
  }

  /// The id of a token's text; nil where no token has it.
  public func id(_ text: String) -> Int32? {
    ids[text]
  }
}

extension BytePairModel {
  /// The folding of vocabularies made here: small letters of the known bases, which mark repeats in UCSC's
  /// files, are read as capitals. The letters of unknown bases have no token in either case.
  public static let capitalBases: [UInt8] = {
    var folding = Array(UInt8.min...UInt8.max)
    for letter in Base.letters { folding[Int(letter) + 32] = letter }
    return folding
  }()
}
