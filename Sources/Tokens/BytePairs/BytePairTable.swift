/// What an encoder knows of a byte-pair vocabulary before it sees a sequence.
///
/// It rests on a property of merging: a row of tokens is what merging makes of its text exactly if each token
/// is what merging makes of its own text, and each two neighbours are what it makes of theirs. (Take the first
/// merge that would cross a border between two of the tokens. Until then the two were merged as if they were
/// alone, so it would also cross between the two alone.) So a sequence can be encoded from left to right by
/// asking about two tokens at a time.
struct BytePairTable: Sendable {
  /// Different letters that have tokens. Letters are numbered from 0.
  let alphabet: Int
  /// The tokens that merging makes of their own texts; others never occur.
  let tree: TokenTree

  /// By letter: the id of its token.
  private let letterIDs: [Int32]
  /// How merging makes a token of its text alone.
  private struct Origin {
    /// The two tokens that the last merge joins; -1 for a letter.
    var left: Int32 = -1
    var right: Int32 = -1
    /// When that is: the highest rank among the merges on the way; -1 for a letter.
    var clock: Int32 = -1
  }

  /// By token.
  private var origins: [Origin]
  /// Whether each merge comes after those that make its parts, as in all vocabularies that were trained.
  private let isOrdered: Bool
  private let ranks: MergeTable
  private let queue: MergeQueue
  private let texts: [[UInt8]]

  init(_ model: BytePairModel) {
    let letterIDs = Set(model.letters).subtracting(model.specials.ids).sorted()
    let texts = BytePairTable.texts(model, letterIDs)
    let ranks = MergeTable(model.merges)
    let queue = MergeQueue(model.merges, ranks)
    origins = [Origin](repeating: Origin(), count: model.tokens.count)
    var whole = texts
    // Parts are shorter than what they make, so they are known by then.
    let byLength = texts.indices.sorted { (texts[$0].count, $0) < (texts[$1].count, $1) }
    for id in byLength where !texts[id].isEmpty {
      let merged = queue.merge(texts[id].map { letterIDs[Int($0)] })
      guard merged.count == 1, let made = merged.first, made.id == id else {
        whole[id] = []
        continue
      }
      guard let rank = made.rank else { continue }
      let merge = model.merges[Int(rank)]
      let parts = max(origins[Int(merge.left)].clock, origins[Int(merge.right)].clock)
      origins[id] = Origin(left: merge.left, right: merge.right, clock: max(rank, parts))
    }
    alphabet = max(1, letterIDs.count)
    tree = TokenTree(alphabet: alphabet, texts: whole)
    isOrdered = BytePairTable.isOrdered(model)
    (self.letterIDs, self.texts, self.ranks, self.queue) = (letterIDs, texts, ranks, queue)
  }

  /// The letters of each token; none for a special one and one with a letter that no sequence can have.
  private static func texts(_ model: BytePairModel, _ letterIDs: [Int32]) -> [[UInt8]] {
    var letterOfByte: [UInt8: UInt8] = [:]
    for (letter, id) in letterIDs.enumerated() {
      if let byte = model.tokens[Int(id)].utf8.first { letterOfByte[byte] = UInt8(letter) }
    }
    let special = Set(model.specials.ids)
    return model.tokens.enumerated().map { id, token in
      guard !special.contains(Int32(id)) else { return [] }
      let letters = token.utf8.compactMap { letterOfByte[$0] }
      return letters.count == token.utf8.count ? letters : []
    }
  }

  private static func isOrdered(_ model: BytePairModel) -> Bool {
    var latest = [Int](repeating: -1, count: model.tokens.count)
    for (rank, merge) in model.merges.enumerated() { latest[Int(merge.result)] = rank }
    return model.merges.enumerated().allSatisfy { rank, merge in
      rank > latest[Int(merge.left)] && rank > latest[Int(merge.right)]
    }
  }

  /// The number of the letter that a token is; `alphabet` where it is none.
  func letter(_ id: Int32) -> UInt8 {
    UInt8(letterIDs.firstIndex(of: id) ?? alphabet)
  }

  /// Whether merging leaves the two side by side, rather than joining what lies across their border.
  ///
  /// It goes back in time. At any moment some token ends at the border and another begins there: first `left`
  /// and `right` themselves, before that the parts that they were made of. Where a merge joins such two, it
  /// would have happened, unless one of them was used up before.
  func areSeparate(_ left: Int32, _ right: Int32) -> Bool {
    origins.withUnsafeBufferPointer { origins in
      var (last, first) = (left, right)
      var (lastOrigin, firstOrigin) = (origins[Int(left)], origins[Int(right)])
      // When each is used up by a merge on its own side.
      var (lastEnd, firstEnd) = (Int32.max, Int32.max)
      while true {
        if let rank = ranks.rank(last, first) {
          let time = max(rank, lastOrigin.clock, firstOrigin.clock)
          if !isOrdered, time == lastEnd || time == firstEnd {
            return areSeparateByMerging(left, right)
          }
          // Where the times are equal, all are one merge, of a token with itself, which begins at the left.
          if time < lastEnd, time <= firstEnd { return false }
        }
        if lastOrigin.clock == firstOrigin.clock {
          if lastOrigin.clock < 0 { return true }
          if !isOrdered { return areSeparateByMerging(left, right) }
        }
        if lastOrigin.clock > firstOrigin.clock {
          lastEnd = lastOrigin.clock
          last = lastOrigin.right
          lastOrigin = origins[Int(last)]
        } else {
          // Of two equal merges the left one came first, so the right one is taken back first.
          firstEnd = firstOrigin.clock
          first = firstOrigin.left
          firstOrigin = origins[Int(first)]
        }
      }
    }
  }

  /// The same by trying.
  private func areSeparateByMerging(_ left: Int32, _ right: Int32) -> Bool {
    let letters = texts[Int(left)] + texts[Int(right)]
    let merged = queue.merge(letters.map { letterIDs[Int($0)] })
    return merged.count == 2 && merged[0].id == left && merged[1].id == right
  }
}
