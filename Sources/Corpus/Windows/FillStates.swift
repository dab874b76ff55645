import Files

// States are written a bin at a time: a byte is read for each bin that the window crosses, and the tokens of
// the bin get its state in one run. Of several tracks the first is written so, and each further one is added
// as the next digit of a number.

extension Corpus {
  /// Writes the states of `count` tokens, the first of which begins at `start`.
  ///
  /// - Parameter isReversed: whether each token is read from its other end; the order stays.
  func fillStates(
    _ chromosome: Int, _ start: Int, _ count: Int, _ cellType: Int, _ isReversed: Bool,
    _ out: UnsafeMutablePointer<Int32>
  ) {
    if layers.isEmpty {
      for position in 0..<count { out[position] = 0 }
      return
    }
    for (number, layer) in layers.enumerated() {
      if stateRule == .majority, layer.binSize < vocabulary.k {
        fillByCount(layer, chromosome, start, count, cellType, isReversed) { position, state in
          out[position] = (number == 0 ? 0 : out[position] &* layer.states) &+ state
        }
        continue
      }
      let place = start + stateRule.place(inTokenOf: vocabulary.k, isReversed: isReversed)
      fillByPlace(layer, chromosome, place, count, cellType) { run, state in
        if number == 0 {
          for position in run { out[position] = state }
        } else {
          for position in run { out[position] = out[position] &* layer.states &+ state }
        }
      }
    }
  }

  /// Calls `body` with runs of tokens, together all, and the state of the bins in which their places lie.
  ///
  /// - Parameter place: the base that decides the state of the first token.
  @inline(__always)
  private func fillByPlace(
    _ layer: StateLayer, _ chromosome: Int, _ place: Int, _ count: Int, _ cellType: Int,
    _ body: (_ run: Range<Int>, _ state: Int32) -> Void
  ) {
    let stride = vocabulary.stride
    let length = chromosomes[chromosome].length
    let size = layer.binSize
    // Places below 0 and past the end have no state.
    let first = min(count, place >= 0 ? 0 : (-place + stride - 1) / stride)
    if first > 0 { body(0..<first, 0) }
    var position = first
    while position < count {
      let base = place + position * stride
      guard base < length else { break }
      let bin = base / size
      let binEnd = min((bin + 1) * size, length)
      // The first token whose place is past this bin.
      let next = min(count, position + (binEnd - base + stride - 1) / stride)
      body(position..<next, layer.state(chromosome, bin, cellType))
      position = next
    }
    if position < count { body(position..<count, 0) }
  }

  /// Calls `body` with each token and the state in which most of its bases lie, for bins so short that a
  /// token may span more than two. Bases outside the chromosome have state 0.
  private func fillByCount(
    _ layer: StateLayer, _ chromosome: Int, _ start: Int, _ count: Int, _ cellType: Int,
    _ isReversed: Bool, _ body: (_ position: Int, _ state: Int32) -> Void
  ) {
    let k = vocabulary.k
    let length = chromosomes[chromosome].length
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: k) { states in
      for position in 0..<count {
        let first = start + position * vocabulary.stride
        for number in 0..<k {
          let base = isReversed ? first + k - 1 - number : first + number
          states[number] =
            base < 0 || base >= length
            ? 0 : layer.state(chromosome, base / layer.binSize, cellType)
        }
        body(position, StateRule.majority(UnsafeBufferPointer(states)))
      }
    }
  }
}

extension StateRule {
  /// The most frequent of some states; of equals the one that comes first; 0 for none.
  static func majority(_ states: UnsafeBufferPointer<Int32>) -> Int32 {
    var best: (state: Int32, count: Int) = (0, 0)
    for state in states {
      var count = 0
      for other in states where other == state { count += 1 }
      if count > best.count { best = (state, count) }
    }
    return best.state
  }
}
