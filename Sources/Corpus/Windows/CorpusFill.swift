import Files
import Genome

// The hot loop of training: windows of tokens and states from two-bit sequence and bytes of bins.
//
// Each k-mer is loaded on its own: one unaligned 32-bit load holds the at most 3 bases before it in its
// first byte and its at most 8 bases (6 + 16 bits), and a shift and a mask cut it out. No token waits for
// the one before it, as it would if a k-mer were rolled on base by base, so several are in flight at once.
// Unknown bases are rare: windows are filled as if there were none, then the few tokens that touch one
// are overwritten. States are written a bin at a time.

extension Corpus {
  /// Writes one window: `[CLS]`, the tokens of `bases` bases from `start`, `[SEP]`, then `[PAD]` up to the
  /// end of the buffers.
  ///
  /// A token's state is that of its centre base (start of the token + k / 2) in the cell type's
  /// segmentation; special tokens have state 0. The window may reach beyond the chromosome's ends: tokens
  /// with an unknown base or a base outside are `[UNK]`, and outside there is no state.
  ///
  /// - Parameters:
  ///   - chromosome: position in `chromosomes`.
  ///   - start: 0-based, may be negative.
  ///   - cellType: position in `cellTypes`.
  ///   - tokens: at least `vocabulary.tokens(forBases: bases) + 2` long.
  ///   - states: as long as `tokens`.
  /// - Precondition: the buffers are long enough; chromosome and cell type exist.
  public func fill(
    chromosome: Int, start: Int, bases: Int, cellType: Int,
    tokens: UnsafeMutableBufferPointer<Int32>, states: UnsafeMutableBufferPointer<Int32>
  ) {
    let count = vocabulary.tokens(forBases: bases)
    precondition(tokens.count >= count + 2, "the buffer is shorter than the window")
    precondition(tokens.count == states.count, "a state for each token")
    precondition(cellTypes.indices.contains(cellType), "no such cell type")
    guard let token = tokens.baseAddress, let state = states.baseAddress else { return }
    token[0] = vocabulary.classification
    state[0] = 0
    fillTokens(chromosome, start, count, token + 1)
    fillStates(chromosome, start, count, cellType, state + 1)
    token[count + 1] = vocabulary.separator
    state[count + 1] = 0
    for position in count + 2..<max(count + 2, tokens.count) {
      token[position] = vocabulary.pad
      state[position] = 0
    }
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
    let firstKmer = vocabulary.firstKmer
    let mask = UInt32(truncatingIfNeeded: 1 << (2 * k) - 1)
    let shift = UInt32(truncatingIfNeeded: 32 - 2 * k)
    var place = start + first * stride
    for position in first..<end {
      let word = bytes.loadUnaligned(fromByteOffset: place >> 2, as: UInt32.self).bigEndian
      let rank = word &>> (shift &- UInt32(truncatingIfNeeded: (place & 3) << 1)) & mask
      out[position] = Int32(truncatingIfNeeded: rank) &+ firstKmer
      place &+= stride
    }
    markUnknown(chromosome, start, first, end, out)
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

  private func fillStates(
    _ chromosome: Int, _ start: Int, _ count: Int, _ cellType: Int,
    _ out: UnsafeMutablePointer<Int32>
  ) {
    guard !tracks.isEmpty, let base = tracks[cellType].bytes.baseAddress else {
      for position in 0..<count { out[position] = 0 }
      return
    }
    let bins = base + firstBin[chromosome]
    let stride = vocabulary.stride
    let centre = start + vocabulary.k / 2
    let length = chromosomes[chromosome].length
    var position = 0
    while position < count && centre + position * stride < 0 {
      out[position] = 0
      position += 1
    }
    while position < count {
      let place = centre + position * stride
      guard place < length else { break }
      let bin = place / binSize
      let binEnd = min((bin + 1) * binSize, length)
      // The first token whose centre is past this bin.
      let next = min(count, position + (binEnd - place + stride - 1) / stride)
      // A byte without a name can only come from damage, which `verify` tells; it must not become an index.
      let byte = Int(bins.load(fromByteOffset: bin, as: UInt8.self))
      let state = Int32(byte < stateNames.count ? byte : 0)
      while position < next {
        out[position] = state
        position += 1
      }
    }
    while position < count {
      out[position] = 0
      position += 1
    }
  }
}
