/// Byte-pair tokens of sequences, from left to right, in time proportional to the bases.
///
/// At each place it takes the longest token, then shorter ones, until one stands well beside the token before
/// (`BytePairTable.areSeparate`). Where none does, the token before was wrong: it is taken back, and the place
/// is marked so that it is not tried again. As the text before a place decides alone which tokens stand there,
/// no place is tried twice.
///
/// Holds scratch memory: one value for each thread.
struct BytePairEncoder: Sendable {
  private let table: BytePairTable
  private let unknown: Int32
  private let fusesUnknown: Bool
  /// By ASCII byte, and by code of `Base`: the letter; `table.alphabet` where it has no token.
  private let ofByte: [UInt8]
  private let ofBase: [UInt8]
  private var letters: [UInt8] = []
  private var deadEnds = DeadEnds()
  private var neighbours = KnownNeighbours()

  init(_ model: BytePairModel) {
    let table = BytePairTable(model)
    self.table = table
    unknown = model.specials.unknown
    fusesUnknown = model.fusesUnknown
    ofByte = model.letters.map { table.letter($0) }
    ofBase = model.bases.map { table.letter($0) }
  }

  /// Appends the tokens of a row of codes of `Base`.
  mutating func encode(codes: UnsafeBufferPointer<UInt8>, into output: inout EncodedBases) {
    encode(codes, ofBase, into: &output)
  }

  /// Appends the tokens of a row of ASCII letters.
  mutating func encode(text: UnsafeBufferPointer<UInt8>, into output: inout EncodedBases) {
    encode(text, ofByte, into: &output)
  }

  private mutating func encode(
    _ bytes: UnsafeBufferPointer<UInt8>, _ letterOf: [UInt8], into output: inout EncodedBases
  ) {
    var letters: [UInt8] = []
    swap(&letters, &self.letters)
    letters.removeAll(keepingCapacity: true)
    letterOf.withUnsafeBufferPointer { letterOf in
      letters.append(contentsOf: bytes.lazy.map { letterOf[Int($0)] })
    }
    letters.withUnsafeBufferPointer { encode($0, into: &output) }
    swap(&letters, &self.letters)
  }

  /// Letters without a token are `[UNK]`; what lies between them is encoded by itself.
  private mutating func encode(
    _ letters: UnsafeBufferPointer<UInt8>, into output: inout EncodedBases
  ) {
    let none = UInt8(table.alphabet)
    var start = 0
    while start < letters.count {
      let isUnknown = letters[start] == none
      var end = start + 1
      while end < letters.count, (letters[end] == none) == isUnknown { end += 1 }
      if !isUnknown {
        encodeKnown(letters[start..<end], into: &output)
      } else if fusesUnknown {
        output.append(unknown, start: start, length: end - start)
      } else {
        for place in start..<end { output.append(unknown, start: place, length: 1) }
      }
      start = end
    }
  }

  private mutating func encodeKnown(
    _ letters: UnsafeBufferPointer<UInt8>.SubSequence, into output: inout EncodedBases
  ) {
    let firstToken = output.ids.count
    var place = letters.startIndex
    var token = table.tree.longest(letters)
    while true {
      if token < 0 {
        deadEnds.insert(place - letters.startIndex, of: letters.count)
        // There is a token before: a letter alone is a token, so the first place has a right one.
        guard output.ids.count > firstToken, let last = output.ids.popLast() else { break }
        place -= table.tree.length(last)
        token = table.tree.shorter(last)
        continue
      }
      let end = place + table.tree.length(token)
      let follows =
        output.ids.count == firstToken
        || neighbours.areSeparate(output.ids[output.ids.count - 1], token, table)
      if follows, !deadEnds.contains(end - letters.startIndex) {
        output.ids.append(token)
        place = end
        if place == letters.endIndex { break }
        token = table.tree.longest(letters[place...])
      } else {
        token = table.tree.shorter(token)
      }
    }
    deadEnds.removeAll()
    appendPlaces(of: firstToken, from: letters.startIndex, to: &output)
  }

  private func appendPlaces(of first: Int, from start: Int, to output: inout EncodedBases) {
    var place = start
    for token in first..<output.ids.count {
      let length = table.tree.length(output.ids[token])
      output.starts.append(Int32(truncatingIfNeeded: place))
      output.lengths.append(Int32(truncatingIfNeeded: length))
      place += length
    }
  }
}

/// Places of a text at which no right row of tokens begins: few, and mostly none.
private struct DeadEnds: Sendable {
  private var bits: [UInt64] = []
  private var isEmpty = true

  mutating func insert(_ place: Int, of count: Int) {
    let words = count / 64 + 1
    if bits.count < words { bits += [UInt64](repeating: 0, count: words - bits.count) }
    bits[place >> 6] |= 1 << UInt64(place & 63)
    isEmpty = false
  }

  @inline(__always)
  func contains(_ place: Int) -> Bool {
    !isEmpty && bits[place >> 6] & 1 << UInt64(place & 63) != 0
  }

  mutating func removeAll() {
    guard !isEmpty else { return }
    for word in bits.indices { bits[word] = 0 }
    isEmpty = true
  }
}

/// Answers of `BytePairTable.areSeparate`, the latest for each place of a table: a genome has few different
/// neighbours compared with its length.
private struct KnownNeighbours: Sendable {
  /// A power of two; the table takes 32 KiB. Answers are cheap to find again, and a table of megabytes that keeps
  /// them all was slower.
  private static let places = 1 << 12
  /// The ids of two neighbours and, in the lowest bit, the answer.
  private var answers = [UInt64](repeating: .max, count: places)

  @inline(__always)
  mutating func areSeparate(_ left: Int32, _ right: Int32, _ table: BytePairTable) -> Bool {
    let key = UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    // Multiplicative hashing with the golden ratio (Knuth, TAOCP 3, 6.4).
    let hash = (key &* 0x9E37_79B9_7F4A_7C15) >> 40
    let place = Int(truncatingIfNeeded: hash) & (KnownNeighbours.places - 1)
    let kept = answers[place]
    if kept >> 1 == key { return kept & 1 == 1 }
    let answer = table.areSeparate(left, right)
    answers[place] = key << 1 | (answer ? 1 : 0)
    return answer
  }
}
