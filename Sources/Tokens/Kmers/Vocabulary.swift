import DNA
import Files

/// The tokens of a model over DNA: five special ones, then all k-mers.
///
/// Ids are those of DNABERT's vocabularies for k of 3 to 6, so that its checkpoints fit: `[PAD]` 0,
/// `[UNK]` 1, `[CLS]` 2, `[SEP]` 3, `[MASK]` 4, then the k-mers with the bases in the order A, T, C, G, the
/// last base running fastest
/// (https://github.com/jerryji1993/DNABERT, src/transformers/dnabert-config/bert-config-6/vocab.txt).
public struct Vocabulary: Hashable, Sendable {
  /// Bases in a token, 1 to 8.
  public let k: Int
  /// Whether a token begins at every base (as in DNABERT) or where the one before ends.
  public let isOverlapping: Bool

  /// The values of `k` that are possible. 8 gives 65,541 tokens.
  public static let allowedK = 1...8
  static let specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]

  /// - Precondition: `k` is in `allowedK`.
  public init(k: Int, isOverlapping: Bool) {
    precondition(Vocabulary.allowedK.contains(k), "k must be from 1 to 8")
    self.k = k
    self.isOverlapping = isOverlapping
  }

  /// How many tokens there are: 5 + 4^k.
  public var count: Int { 5 + 1 << (2 * k) }
  /// The id of `[PAD]`, which fills a row behind its window.
  public var pad: Int32 { 0 }
  /// The id of `[UNK]`: a k-mer with an unknown base.
  public var unknown: Int32 { 1 }
  /// The id of `[CLS]`, which begins a window.
  public var classification: Int32 { 2 }
  /// The id of `[SEP]`, which ends a window.
  public var separator: Int32 { 3 }
  /// The id of `[MASK]`, which hides a token that the model has to predict.
  public var mask: Int32 { 4 }
  /// The id of the first k-mer; that of a k-mer is this plus its rank.
  public var firstKmer: Int32 { 5 }

  /// Bases from the start of a token to the start of the next.
  public var stride: Int { isOverlapping ? 1 : k }

  /// How many tokens a stretch of bases gives, without the special ones.
  public func tokens(forBases bases: Int) -> Int {
    bases < k ? 0 : (bases - k) / stride + 1
  }

  /// How many bases give a sequence of `length` tokens, `[CLS]` and `[SEP]` included.
  public func bases(forTokens length: Int) -> Int {
    length <= 2 ? 0 : (length - 3) * stride + k
  }

  /// The text of a token; nil for an id outside the vocabulary.
  public func text(_ id: Int32) -> String? {
    guard id >= 0, id < count else { return nil }
    if id < firstKmer { return Vocabulary.specials[Int(id)] }
    let rank = Int(id - firstKmer)
    return String(
      decoding: (0..<k).map { Base.letters[rank >> (2 * (k - 1 - $0)) & 3] }, as: UTF8.self)
  }

  /// The id of a token; `unknown` for a text that is none.
  public func id(_ text: String) -> Int32 {
    if let special = Vocabulary.specials.firstIndex(of: text) { return Int32(special) }
    guard text.utf8.count == k else { return unknown }
    var rank: Int32 = 0
    for letter in text.utf8 {
      let code = Base.codes[Int(letter)]
      guard code < 4 else { return unknown }
      rank = rank << 2 | Int32(code)
    }
    return firstKmer + rank
  }

  /// By id: the id of the reverse complement, itself for a special token.
  public func reverseComplements() -> [Int32] {
    (0..<Int32(count)).map { id in
      guard id >= firstKmer else { return id }
      var rest = id - firstKmer
      var reversed: Int32 = 0
      for _ in 0..<k {
        reversed = reversed << 2 | (rest & 3 ^ 1)
        rest >>= 2
      }
      return firstKmer + reversed
    }
  }
}

extension Vocabulary {
  /// Writes `vocab.txt`: a token a line, in the order of the ids.
  public func write(to path: String) throws(FileError) {
    try WholeFile.write(vocabularyText, to: path)
  }

  /// The content of `vocab.txt`.
  public var vocabularyText: String {
    var text = ""
    for id in 0..<Int32(count) { text += (self.text(id) ?? "") + "\n" }
    return text
  }

  /// Reads a `vocab.txt` of k-mers, ours or DNABERT's.
  ///
  /// - Parameter isOverlapping: how the tokens are laid along the sequence; the file does not tell.
  /// - Throws: `GenomeError` with file and line where the file is not all k-mers of one length in the
  ///   order of DNABERT's vocabularies.
  public init(reading path: String, isOverlapping: Bool) throws {
    let text = try Path.readText(path, limit: 1 << 20)
    let lines = text.split(whereSeparator: \.isNewline)
    guard let k = Vocabulary.allowedK.first(where: { 5 + 1 << (2 * $0) == lines.count }) else {
      throw GenomeError(
        "\(lines.count) tokens; a vocabulary of k-mers has 5 + 4^k of them, k from 1 to 8",
        path: path)
    }
    self.init(k: k, isOverlapping: isOverlapping)
    for (position, line) in lines.enumerated() where self.text(Int32(position)) != String(line) {
      throw GenomeError(
        "'\(line.prefix(40))' where '\(self.text(Int32(position)) ?? "")' belongs; the order must be "
          + "that of DNABERT's vocabularies", path: path, line: position + 1)
    }
  }
}
