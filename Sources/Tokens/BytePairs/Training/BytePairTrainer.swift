import DNA
import Dispatch

/// Makes a byte-pair vocabulary from sequences.
///
/// The most frequent pair of neighbours becomes a token, of equally frequent ones the pair with the smaller
/// ids; then counts change as the text does, and so on until the vocabulary is full (Sennrich et al. 2016,
/// https://arxiv.org/abs/1508.07909). Counting, order and ids are those of `BpeTrainer` of Hugging Face's
/// tokenizers, which gives the same vocabulary for the same chunks
/// (https://huggingface.co/docs/tokenizers/api/trainers). The result does not depend on the number of threads.
///
/// Memory: 2 bytes a base for the text, as many for the copy that is merged, and up to 7 for the places of
/// tokens.
public struct BytePairTrainer: Sendable {
  /// The vocabularies that can be made: special tokens and letters at least, ids of 16 bits at most.
  public static let allowedSizes = 9...65_000
  /// The most bases of a training text; places have 32 bits.
  public static let mostBases = 1 << 31

  /// How many tokens to make, special tokens and letters included.
  public let vocabularySize: Int
  /// How often a pair must stand in the text to become a token.
  public let minimumFrequency: Int
  /// The longest token in bases. As in `BpeTrainer`, where the limit counts, pairs of exactly that length are
  /// left out when one of their tokens is new.
  public let longestToken: Int

  /// Chunks, a separator before the first and behind each.
  private var cells: [UInt16] = [MergedText.separator]
  /// How many bases the text has.
  public private(set) var bases = 0

  /// The tokens that are letters; the special ones come before.
  private static let letters = "ACGT"
  private static let letterTokens =
    SpecialTokens.names.count..<SpecialTokens.names.count + letters.utf8.count
  /// By code of `Base`: A, T, C, G in the order of codes are 5, 8, 6, 7.
  private static let tokenOfBase: [UInt16] = Base.letters.map { letter in
    UInt16(letterTokens.lowerBound + (Array(letters.utf8).firstIndex(of: letter) ?? 0))
  }

  /// - Throws: `GenomeError` where the size of the vocabulary is out of range.
  public init(
    vocabularySize: Int, minimumFrequency: Int = 0, longestToken: Int = .max
  ) throws(GenomeError) {
    guard BytePairTrainer.allowedSizes.contains(vocabularySize) else {
      throw GenomeError(
        "a vocabulary of \(vocabularySize) byte pairs; \(BytePairTrainer.allowedSizes.lowerBound) to "
          + "\(BytePairTrainer.allowedSizes.upperBound) are possible")
    }
    self.vocabularySize = vocabularySize
    self.minimumFrequency = minimumFrequency
    self.longestToken = longestToken
  }

  /// Adds a chunk, over whose ends no token reaches. Unknown bases cut it.
  ///
  /// - Throws: `GenomeError` where the text would be longer than `mostBases`.
  public mutating func append(_ codes: UnsafeBufferPointer<UInt8>) throws(GenomeError) {
    guard bases + codes.count <= BytePairTrainer.mostBases else {
      throw GenomeError("more than \(BytePairTrainer.mostBases) bases to train on; sample fewer")
    }
    for code in codes {
      if code < Base.unknown {
        cells.append(BytePairTrainer.tokenOfBase[Int(code)])
        bases += 1
      } else if cells.last != MergedText.separator {
        cells.append(MergedText.separator)
      }
    }
    if cells.last != MergedText.separator { cells.append(MergedText.separator) }
  }

  /// Makes the vocabulary.
  ///
  /// - Parameters:
  ///   - threads: how many to use.
  ///   - progress: called after each merge with the tokens that there are; may throw to stop.
  /// - Returns: a model with ids in the order: special tokens, A, C, G, T, merged tokens. It has fewer tokens
  ///   than asked for where pairs run out.
  /// - Throws: what `progress` throws; `GenomeError` where there is nothing to train on.
  public func train(
    threads: Int = 1, progress: (_ tokens: Int) throws -> Void = { _ in }
  ) throws -> BytePairModel {
    guard bases > 1 else { throw GenomeError("there are no known bases to train on") }
    var cells = cells
    return try cells.withUnsafeMutableBufferPointer { cells in
      let parts = BytePairTrainer.parts(UnsafeBufferPointer(cells), threads).map {
        MergedText(cells, part: $0, tokens: vocabularySize)
      }
      return try train(parts, progress)
    }
  }

  /// Cuts the text between chunks into about equal parts.
  private static func parts(_ cells: UnsafeBufferPointer<UInt16>, _ count: Int) -> [Range<Int>] {
    var parts: [Range<Int>] = []
    var start = 1
    for part in 1...max(1, count) {
      var end = part == count ? cells.count : max(start, cells.count / count * part)
      while end < cells.count, end > start, cells[end - 1] != MergedText.separator { end += 1 }
      if end > start { parts.append(start..<end) }
      start = end
    }
    return parts
  }

  private func train(
    _ parts: [MergedText], _ progress: (Int) throws -> Void
  ) throws -> BytePairModel {
    let letters = BytePairTrainer.letterTokens
    var tokens = SpecialTokens.names + BytePairTrainer.letters.map(String.init)
    var ids = Dictionary(tokens.enumerated().map { ($1, $0) }, uniquingKeysWith: { $1 })
    var lengths = [Int](repeating: 1, count: tokens.count)
    var madeAt = [Int](repeating: -1, count: tokens.count)
    var counts = PairCounts()
    for part in parts {
      for (at, count) in part.countLetters(letters).enumerated() where count > 0 {
        let left = UInt16(letters.lowerBound + at / letters.count)
        let right = UInt16(letters.lowerBound + at % letters.count)
        counts.add(count, to: Pair(left, right))
      }
    }
    var queue = PairQueue(floor: Int32(clamping: bases / 512))
    for left in letters {
      for right in letters {
        let pair = Pair(UInt16(left), UInt16(right))
        queue.offer(pair, counts[pair], &counts)
      }
    }
    var merges: [BytePairModel.Merge] = []
    while tokens.count < vocabularySize, let (pair, count) = queue.popMostFrequent(&counts),
      count >= minimumFrequency
    {
      let text = tokens[Int(pair.left)] + tokens[Int(pair.right)]
      let result: Int
      if let known = ids[text] {
        // Another way to a token that there is, such as AA and A where A and AA were first.
        result = known
      } else {
        result = tokens.count
        ids[text] = result
        tokens.append(text)
        lengths.append(lengths[Int(pair.left)] + lengths[Int(pair.right)])
        madeAt.append(merges.count)
      }
      let merge = merges.count
      merges.append(
        BytePairModel.Merge(
          left: Int32(pair.left), right: Int32(pair.right), result: Int32(result)))
      join(parts, Int(count)) { [lengths, madeAt] part in
        part.join(
          pair, to: UInt16(result), merge: merge, madeAt: madeAt, lengths: lengths)
      }
      update(&counts, &queue, from: parts, pair, UInt16(result), lengths)
      try progress(tokens.count)
    }
    return try BytePairModel(
      tokens: tokens, merges: BytePairTrainer.lastOfEach(merges), specials: .standard)
  }

  /// Runs the parts side by side where there is enough to do for each.
  private func join(
    _ parts: [MergedText], _ count: Int, _ body: @Sendable (MergedText) -> Void
  ) {
    if parts.count == 1 || count < 1 << 12 {
      for part in parts { body(part) }
    } else {
      // Each part is used by one iteration alone.
      nonisolated(unsafe) let parts = parts
      DispatchQueue.concurrentPerform(iterations: parts.count) { body(parts[$0]) }
    }
  }

  /// Takes over how the counts changed: each neighbour of a merged pair lost one pair and won another.
  private func update(
    _ counts: inout PairCounts, _ queue: inout PairQueue, from parts: [MergedText],
    _ pair: Pair, _ result: UInt16, _ lengths: [Int]
  ) {
    func mayJoin(_ other: UInt16) -> Bool {
      lengths[Int(other)] + lengths[Int(result)] < longestToken
    }
    var won: Set<Pair> = []
    for part in parts {
      for token in part.leftTokens {
        let change = part.leftCounts[Int(token)]
        counts.add(-change, to: Pair(token, pair.left))
        if mayJoin(token) {
          counts.add(change, to: Pair(token, result))
          won.insert(Pair(token, result))
        }
      }
      for token in part.rightTokens {
        let change = part.rightCounts[Int(token)]
        counts.add(-change, to: Pair(pair.right, token))
        if mayJoin(token) {
          counts.add(change, to: Pair(result, token))
          won.insert(Pair(result, token))
        }
      }
    }
    for pair in won { queue.offer(pair, counts[pair], &counts) }
  }

  /// A pair that was merged twice keeps its later place, as in `BpeTrainer`.
  private static func lastOfEach(_ merges: [BytePairModel.Merge]) -> [BytePairModel.Merge] {
    var seen: Set<Pair> = []
    return merges.reversed().filter {
      seen.insert(Pair(UInt16($0.left), UInt16($0.right))).inserted
    }.reversed()
  }
}
