import DNA

/// Encodes sequences with a `Tokenizer`.
///
/// It keeps scratch memory from one call to the next, so it is a variable of its thread; copies are independent
/// and share the tables that were made at first. Encoding into an `EncodedBases` that has grown
/// to its size allocates nothing.
public struct TokenEncoder: Sendable {
  /// What it encodes with.
  public let tokenizer: Tokenizer
  private var bytePairs: BytePairEncoder?

  /// Makes the tables, which takes some milliseconds for a vocabulary of byte pairs.
  public init(_ tokenizer: Tokenizer) {
    self.tokenizer = tokenizer
    if case .bytePairs(let model) = tokenizer.model { bytePairs = BytePairEncoder(model) }
  }

  /// Encodes bases; what `output` held before is forgotten.
  ///
  /// - Parameters:
  ///   - codes: codes of `Base`, 0 to 4.
  ///   - limit: the most tokens to keep, from the first on.
  ///   - output: gets the tokens, special ones not among them, except for `[UNK]`.
  public mutating func encode(
    _ codes: UnsafeBufferPointer<UInt8>, limit: Int = .max, into output: inout EncodedBases
  ) {
    output.removeAll()
    switch tokenizer.model {
    case .kmers(let vocabulary):
      vocabulary.encode(codes, limit: limit, into: &output)
    case .bytePairs:
      bytePairs?.encode(codes: codes, into: &output)
      output.keepFirst(limit)
    }
  }

  /// Encodes a text of nucleotide letters, as the tokenizers library would encode it from the exported
  /// `tokenizer.json`.
  ///
  /// It differs from `encode` in letters only: codes know no case and one unknown base, a text has all of
  /// IUPAC's alphabet, some of which an imported vocabulary may have tokens for.
  public mutating func encode(text: some StringProtocol, into output: inout EncodedBases) {
    output.removeAll()
    switch tokenizer.model {
    case .kmers(let vocabulary):
      let codes = text.utf8.map { min(Base.codes[Int($0)], Base.unknown) }
      codes.withUnsafeBufferPointer { vocabulary.encode($0, limit: .max, into: &output) }
    case .bytePairs:
      let bytes = Array(text.utf8)
      bytes.withUnsafeBufferPointer { bytePairs?.encode(text: $0, into: &output) }
    }
  }
}
