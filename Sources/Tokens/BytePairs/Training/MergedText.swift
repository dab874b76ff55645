/// A part of the training text while it is merged.
///
/// The text is one row of cells of two bytes, a cell a base, and stays where it is: a token fills the first and
/// the last of its cells with its id, so both neighbours of a token are found without links, as in an
/// allocator with boundary tags (Knuth, TAOCP 1, 2.5). Each merge keeps where it happened and what stood
/// beside it then. Since a pair comes about when the later of its two tokens is made, its places are found
/// among those of that token, by reading 16-bit numbers in a row.
///
/// Parts are cut between chunks, so that each belongs to one thread and none sees another.
final class MergedText {
  /// Between chunks: no token, and never merged.
  static let separator = UInt16.max
  /// A cell inside a token.
  private static let inner = UInt16.max - 1

  /// Where a merge happened, and what stood beside it.
  private struct Places {
    /// Which merge of the training it was.
    let merge: Int
    var starts: [UInt32] = []
    var left: [UInt16] = []
    var right: [UInt16] = []
  }

  private let cells: UnsafeMutableBufferPointer<UInt16>
  private let part: Range<Int>
  /// By token: the merges that made it, mostly one.
  private var places: [[Places]]
  /// By token: how many of it stood left, or right, of the places of the last merge; those that did.
  private(set) var leftCounts: [Int32]
  private(set) var rightCounts: [Int32]
  private(set) var leftTokens: [UInt16] = []
  private(set) var rightTokens: [UInt16] = []

  /// - Parameters:
  ///   - cells: the whole text, a separator at its beginning and behind each chunk.
  ///   - part: begins behind a separator, ends with one.
  ///   - tokens: the most tokens that there will be.
  init(_ cells: UnsafeMutableBufferPointer<UInt16>, part: Range<Int>, tokens: Int) {
    self.cells = cells
    self.part = part
    places = [[Places]](repeating: [], count: tokens)
    leftCounts = [Int32](repeating: 0, count: tokens)
    rightCounts = [Int32](repeating: 0, count: tokens)
  }

  /// How often each two letters stand side by side, overlaps counted.
  ///
  /// - Parameter letters: the tokens that are letters, an unbroken range.
  func countLetters(_ letters: Range<Int>) -> [Int32] {
    var counts = [Int32](repeating: 0, count: letters.count * letters.count)
    counts.withUnsafeMutableBufferPointer { counts in
      for at in part.dropLast() {
        let (left, right) = (Int(cells[at]), Int(cells[at + 1]))
        guard letters.contains(left), letters.contains(right) else { continue }
        counts[(left - letters.lowerBound) * letters.count + right - letters.lowerBound] += 1
      }
    }
    return counts
  }

  /// Joins the two tokens of `pair` wherever they stand side by side, from left to right.
  ///
  /// - Parameters:
  ///   - result: the token that they make.
  ///   - merge: the number of this merge.
  ///   - madeAt: by token, the merge that made it first; -1 for a letter.
  ///   - lengths: by token, its letters.
  func join(
    _ pair: Pair, to result: UInt16, merge: Int, madeAt: [Int], lengths: [Int]
  ) {
    for token in leftTokens { leftCounts[Int(token)] = 0 }
    for token in rightTokens { rightCounts[Int(token)] = 0 }
    leftTokens.removeAll(keepingCapacity: true)
    rightTokens.removeAll(keepingCapacity: true)
    let candidates = starts(of: pair, madeAt, lengths)
    guard !candidates.isEmpty else { return }
    join(candidates, pair, to: result, merge: merge, lengths)
  }

  /// The hot loop. A candidate may have gone since it was noted: the cells tell.
  private func join(
    _ candidates: [UInt32], _ pair: Pair, to result: UInt16, merge: Int, _ lengths: [Int]
  ) {
    let (left, right) = (pair.left, pair.right)
    let (leftLength, rightLength) = (lengths[Int(left)], lengths[Int(right)])
    var made = Places(merge: merge)
    made.starts.reserveCapacity(candidates.count)
    made.left.reserveCapacity(candidates.count)
    made.right.reserveCapacity(candidates.count)
    leftCounts.withUnsafeMutableBufferPointer { leftCounts in
      rightCounts.withUnsafeMutableBufferPointer { rightCounts in
        for candidate in candidates {
          let start = Int(candidate)
          let middle = start &+ leftLength
          guard cells[start] == left, cells[middle] == right else { continue }
          let end = middle &+ rightLength
          let (before, after) = (cells[start &- 1], cells[end])
          cells[middle &- 1] = MergedText.inner
          cells[middle] = MergedText.inner
          cells[start] = result
          cells[end &- 1] = result
          if before != MergedText.separator {
            if leftCounts[Int(before)] == 0 { leftTokens.append(before) }
            leftCounts[Int(before)] &+= 1
          }
          if after != MergedText.separator {
            if rightCounts[Int(after)] == 0 { rightTokens.append(after) }
            rightCounts[Int(after)] &+= 1
          }
          made.starts.append(candidate)
          made.left.append(before)
          made.right.append(after)
        }
      }
    }
    if !made.starts.isEmpty { places[Int(result)].append(made) }
  }

  /// Where the pair stands or stood, in order.
  private func starts(of pair: Pair, _ madeAt: [Int], _ lengths: [Int]) -> [UInt32] {
    let (left, right) = (Int(pair.left), Int(pair.right))
    if madeAt[left] < 0, madeAt[right] < 0 { return startsOfLetters(pair) }
    var starts: [UInt32] = []
    var sources = 0
    for places in places[left] where places.merge >= madeAt[right] {
      MergedText.collect(places.starts, where: places.right, are: pair.right, 0, into: &starts)
      sources += 1
    }
    for places in places[right] where places.merge >= madeAt[left] {
      MergedText.collect(
        places.starts, where: places.left, are: pair.left, UInt32(lengths[left]), into: &starts)
      sources += 1
    }
    if sources > 1 { starts.sort() }
    return starts
  }

  private static func collect(
    _ starts: [UInt32], where neighbours: [UInt16], are token: UInt16, _ back: UInt32,
    into found: inout [UInt32]
  ) {
    starts.withUnsafeBufferPointer { starts in
      neighbours.withUnsafeBufferPointer { neighbours in
        for at in 0..<neighbours.count where neighbours[at] == token {
          found.append(starts[at] &- back)
        }
      }
    }
  }

  /// Letters have no places of their own; the text is read.
  private func startsOfLetters(_ pair: Pair) -> [UInt32] {
    var starts: [UInt32] = []
    for at in part.dropLast() where cells[at] == pair.left && cells[at + 1] == pair.right {
      starts.append(UInt32(at))
    }
    return starts
  }
}
