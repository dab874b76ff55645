import DNA

/// How bases become the ids that a model reads, and ids become bases.
///
/// There are three kinds, two of which are one: single nucleotides are k-mers of one base. Which ids the tokens
/// have and how an unknown base is treated is written with each kind. A value is cheap to copy and safe to
/// share; `TokenEncoder` does the work and keeps its scratch memory.
public struct Tokenizer: Hashable, Sendable {
  /// What a token is.
  public enum Model: Hashable, Sendable {
    /// k-mers, overlapping or end to end, with the ids of DNABERT's vocabularies.
    ///
    /// End to end they begin at the first base; bases at the end that do not fill a k-mer give no token.
    case kmers(Vocabulary)
    /// Pieces of any length, grown by merging frequent neighbours (Sennrich et al. 2016,
    /// https://arxiv.org/abs/1508.07909).
    ///
    /// A base that has no token of its own, `N` as a rule, is one `[UNK]`, and no merge reaches across it.
    case bytePairs(BytePairModel)
  }

  /// What a token is.
  public let model: Model
  /// The ids of the tokens that stand for no bases.
  public let specials: SpecialTokens

  /// k-mers.
  public init(_ vocabulary: Vocabulary) {
    model = .kmers(vocabulary)
    specials = .standard
  }

  /// Byte pairs.
  public init(_ bytePairs: BytePairModel) {
    model = .bytePairs(bytePairs)
    specials = bytePairs.specials
  }

  /// Single nucleotides: A 5, T 6, C 7, G 8; an unknown base is `[UNK]`.
  public static let nucleotides = Tokenizer(Vocabulary(k: 1, isOverlapping: true))

  /// The k-mers, where tokens are such.
  public var kmers: Vocabulary? { if case .kmers(let kmers) = model { kmers } else { nil } }

  /// How many tokens there are, special ones included: ids are 0 ..< count.
  public var count: Int {
    switch model {
    case .kmers(let vocabulary): vocabulary.count
    case .bytePairs(let pairs): pairs.tokens.count
    }
  }

  /// The bases of the longest token.
  public var longestToken: Int {
    switch model {
    case .kmers(let vocabulary): vocabulary.k
    case .bytePairs(let pairs): pairs.longestToken
    }
  }

  /// What it is, in words, such as "overlapping 6-mers" or "4096 byte pairs".
  public var description: String {
    switch model {
    case .kmers(let vocabulary) where vocabulary.k == 1: "single nucleotides"
    case .kmers(let vocabulary):
      "\(vocabulary.isOverlapping ? "overlapping" : "adjacent") \(vocabulary.k)-mers"
    case .bytePairs(let pairs): "\(pairs.tokens.count) byte-pair tokens"
    }
  }

  /// The text of a token; nil for an id outside the vocabulary.
  public func text(_ id: Int32) -> String? {
    switch model {
    case .kmers(let vocabulary): vocabulary.text(id)
    case .bytePairs(let pairs): pairs.tokens.indices.contains(Int(id)) ? pairs.tokens[Int(id)] : nil
    }
  }

  /// The id of a token's text; that of `[UNK]` where no token has it.
  public func id(_ text: String) -> Int32 {
    switch model {
    case .kmers(let vocabulary): vocabulary.id(text)
    case .bytePairs(let pairs): pairs.id(text) ?? specials.unknown
    }
  }

  /// By id: the text of each token.
  public var tokens: [String] {
    switch model {
    case .kmers(let vocabulary): (0..<Int32(vocabulary.count)).map { vocabulary.text($0) ?? "" }
    case .bytePairs(let pairs): pairs.tokens
    }
  }

  /// How a window of tokens is turned to the other strand, where tokens can be turned one by one: k-mers can,
  /// since the reverse complement of a k-mer is one. Byte pairs cannot; there the bases are turned
  /// (`complement`) and encoded anew, and states, which belong to bases, are joined to the new tokens.
  ///
  /// Adjacent k-mers that are turned keep their places; a stretch whose length is no multiple of k, encoded
  /// anew from its other end, would give others.
  public var reverseComplement: ReverseComplement? { kmers.map { ReverseComplement($0) } }

  /// The reverse complement of `codes` of `Base`, in place.
  public static func complement(_ codes: UnsafeMutableBufferPointer<UInt8>) {
    var (low, high) = (0, codes.count - 1)
    while low < high {
      codes.swapAt(low, high)
      (low, high) = (low + 1, high - 1)
    }
    // A 0 and T 1, C 2 and G 3: the lowest bit tells a base from its complement. 4 is unknown on both strands.
    for at in codes.indices where codes[at] < Base.unknown { codes[at] ^= 1 }
  }
}
