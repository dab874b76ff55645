/// The ids of the tokens that stand for no bases.
public struct SpecialTokens: Hashable, Sendable {
  /// Fills a row behind its window (`[PAD]`).
  public let pad: Int32
  /// Stands for what no other token can say, such as a k-mer with an unknown base (`[UNK]`).
  public let unknown: Int32
  /// Begins a window (`[CLS]`).
  public let classification: Int32
  /// Ends a window (`[SEP]`).
  public let separator: Int32
  /// Hides a token that the model has to predict (`[MASK]`).
  public let mask: Int32

  /// Takes the ids as they are.
  public init(
    pad: Int32, unknown: Int32, classification: Int32, separator: Int32, mask: Int32
  ) {
    self.pad = pad
    self.unknown = unknown
    self.classification = classification
    self.separator = separator
    self.mask = mask
  }

  /// Those of DNABERT, and of every tokenizer made here: ids 0 to 4 in the order of `names`.
  public static let standard = SpecialTokens(
    pad: 0, unknown: 1, classification: 2, separator: 3, mask: 4)

  /// Their texts, in the order of the standard ids.
  public static let names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]

  /// All five, in the order of `names`.
  public var ids: [Int32] { [pad, unknown, classification, separator, mask] }
}
