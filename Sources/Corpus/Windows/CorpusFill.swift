import Files
import Genome

// The hot loop of training: windows of tokens and states from two-bit sequence and bytes of bins.
//
// Overlapping k-mers are made sixteen at a time: one unaligned 64-bit load holds the at most 3 bases before
// them in its first byte and their 15 + k bases (6 + 46 bits). Shifted once, so that the last of the sixteen is
// lowest, each is cut out by a shift by a constant and a mask. No token waits for the one before it, as it
// would if a k-mer were rolled on base by base, so several are in flight at once. Other tokens are loaded one
// by one. Unknown bases are rare: windows are filled as if there were none, then the few tokens that touch
// one are overwritten.

extension Corpus {
  /// Writes one window: `[CLS]`, the tokens of `bases` bases from `start`, `[SEP]`, then `[PAD]` up to the
  /// end of the buffers.
  ///
  /// A token's state is what `stateRule` says; special tokens have state 0. The window may reach beyond the
  /// chromosome's ends: tokens with an unknown base or a base outside are `[UNK]`, and outside there is no
  /// state.
  ///
  /// - Parameters:
  ///   - chromosome: position in `chromosomes`.
  ///   - start: 0-based, may be negative.
  ///   - cellType: position in `cellTypes`.
  ///   - isReversed: whether to read the other strand, from `start + bases` down to `start`.
  ///   - tokens: at least `vocabulary.tokens(forBases: bases) + 2` long.
  ///   - states: as long as `tokens`.
  /// - Precondition: the buffers are long enough; chromosome and cell type exist.
  public func fill(
    chromosome: Int, start: Int, bases: Int, cellType: Int, isReversed: Bool = false,
    tokens: UnsafeMutableBufferPointer<Int32>, states: UnsafeMutableBufferPointer<Int32>
  ) {
    let count = vocabulary.tokens(forBases: bases)
    precondition(tokens.count >= count + 2, "the buffer is shorter than the window")
    precondition(tokens.count == states.count, "a state for each token")
    precondition(cellTypes.indices.contains(cellType), "no such cell type")
    guard let token = tokens.baseAddress, let state = states.baseAddress else { return }
    let skipped = isReversed ? basesBeforeTokens(inReversed: bases) : 0
    token[0] = vocabulary.classification
    state[0] = 0
    fillTokens(chromosome, start + skipped, count, token + 1)
    fillStates(chromosome, start + skipped, count, cellType, isReversed, state + 1)
    token[count + 1] = vocabulary.separator
    state[count + 1] = 0
    for position in count + 2..<max(count + 2, tokens.count) {
      token[position] = vocabulary.pad
      state[position] = 0
    }
    if isReversed { complement.apply(tokens: tokens, states: states) }
  }

  /// On the other strand tokens lie end to end from the window's end: the bases at its start that are left.
  func basesBeforeTokens(inReversed bases: Int) -> Int {
    let count = vocabulary.tokens(forBases: bases)
    return count == 0 ? 0 : bases - (count - 1) * vocabulary.stride - vocabulary.k
  }

  private func fillTokens(
    _ chromosome: Int, _ start: Int, _ count: Int, _ out: UnsafeMutablePointer<Int32>
  ) {
    let k = vocabulary.k
    let stride = vocabulary.stride
    let length = chromosomes[chromosome].length
    // Tokens `inside` lie wholly on the chromosome.
    let first = min(count, start >= 0 ? 0 : (-start + stride - 1) / stride)
    let room = length - k - start
    let end = room < 0 ? first : max(first, min(count, room / stride + 1))
    for position in 0..<first { out[position] = vocabulary.unknown }
    for position in end..<count { out[position] = vocabulary.unknown }
    guard first < end, let base = sequence.bytes.baseAddress else { return }

    let bytes = base + firstByte[chromosome]
    let next =
      stride == 1
      ? fillOverlapping(bytes, start + first, first, end, out) : first
    let firstKmer = vocabulary.firstKmer
    let mask = UInt32(truncatingIfNeeded: 1 << (2 * k) - 1)
    let shift = UInt32(truncatingIfNeeded: 32 - 2 * k)
    var place = start + next * stride
    for position in next..<end {
      let word = bytes.loadUnaligned(fromByteOffset: place >> 2, as: UInt32.self).bigEndian
      let rank = word &>> (shift &- UInt32(truncatingIfNeeded: (place & 3) << 1)) & mask
      out[position] = Int32(truncatingIfNeeded: rank) &+ firstKmer
      place &+= stride
    }
    markUnknown(chromosome, start, first, end, out)
  }

  /// Writes tokens from `first` on, sixteen at a time, while there are sixteen before `end`.
  ///
  /// - Parameter place: the base at which token `first` begins.
  /// - Returns: the first token not written.
  private func fillOverlapping(
    _ bytes: UnsafeRawPointer, _ place: Int, _ first: Int, _ end: Int,
    _ out: UnsafeMutablePointer<Int32>
  ) -> Int {
    let k = vocabulary.k
    let firstKmer = UInt64(vocabulary.firstKmer)
    let mask: UInt64 = 1 << UInt64(2 * k) - 1
    let lowest = UInt64(64 - 2 * k - 30)
    var place = place
    var position = first
    while position &+ 16 <= end {
      let word = bytes.loadUnaligned(fromByteOffset: place >> 2, as: UInt64.self).bigEndian
      let ranks = word &>> (lowest &- UInt64(truncatingIfNeeded: (place & 3) << 1))
      let token = out + position
      // Unrolled by the compiler: all shifts are constants.
      for number in 0..<16 {
        let rank = ranks &>> UInt64(truncatingIfNeeded: 30 &- 2 &* number) & mask
        token[number] = Int32(truncatingIfNeeded: rank &+ firstKmer)
      }
      position &+= 16
      place &+= 16
    }
    return position
  }

  /// Overwrites the tokens `first..<end` that touch an unknown base.
  private func markUnknown(
    _ chromosome: Int, _ start: Int, _ first: Int, _ end: Int, _ out: UnsafeMutablePointer<Int32>
  ) {
    let k = vocabulary.k
    let stride = vocabulary.stride
    let runs = unknown[chromosome]
    var run = runs.firstPosition(endingAfter: start)
    while run < runs.count, runs[run].start < start + (end - 1) * stride + k {
      // Token i covers start + i * stride ..< that + k.
      let low = runs[run].start - start - k + 1
      let from = max(first, low <= 0 ? 0 : (low + stride - 1) / stride)
      let to = min(end - 1, (runs[run].end - 1 - start) / stride)
      if from <= to { for position in from...to { out[position] = vocabulary.unknown } }
      run += 1
    }
  }
}

extension [Interval] {
  /// The position of the first interval that ends after `place`. The intervals must be merged.
  func firstPosition(endingAfter place: Int) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle].end > place { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
