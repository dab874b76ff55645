import DNA
import Files
import Genome
import Tokens

// Windows of tokens of any length. The bases are unpacked to codes, turned where the other strand is read, and
// encoded; then each token gets the state of the bases that it spans.

/// What filling encoded windows needs beside the corpus; a variable of its thread.
struct EncodingScratch {
  var encoder: TokenEncoder
  var encoded = EncodedBases()
  var codes: [UInt8] = []
}

extension Corpus {
  /// Writes one window: `[CLS]`, the tokens of `bases` bases from `start`, as many as fit, `[SEP]`, then `[PAD]`
  /// up to the end of the buffers.
  ///
  /// A token's state is what `stateRule` says of the bases that it spans, in reading direction; special tokens
  /// have state 0. Bases outside the chromosome are unknown and have no state.
  ///
  /// - Parameters:
  ///   - isReversed: whether to read the other strand: its bases are turned, then encoded.
  ///   - tokens: at least 2 long; what does not fit is cut off at the window's end.
  ///   - states: as long as `tokens`.
  /// - Returns: how many positions are used, `[CLS]` and `[SEP]` included.
  func fillEncoded(
    chromosome: Int, start: Int, bases: Int, cellType: Int, isReversed: Bool,
    scratch: inout EncodingScratch, tokens: UnsafeMutableBufferPointer<Int32>,
    states: UnsafeMutableBufferPointer<Int32>
  ) -> Int {
    precondition(tokens.count >= 2 && tokens.count == states.count, "a state for each token")
    if scratch.codes.count != bases {
      scratch.codes = [UInt8](repeating: Base.unknown, count: bases)
    }
    let limit = tokens.count - 2
    scratch.codes.withUnsafeMutableBufferPointer { codes in
      unpack(chromosome, start, into: codes)
      if isReversed { Tokenizer.complement(codes) }
      scratch.encoder.encode(
        UnsafeBufferPointer(codes), limit: limit, into: &scratch.encoded)
    }
    let specials = tokenizer.specials
    let count = scratch.encoded.count
    tokens[0] = specials.classification
    states[0] = 0
    for number in 0..<count {
      tokens[number + 1] = scratch.encoded.ids[number]
      let first = Int(scratch.encoded.starts[number])
      let length = Int(scratch.encoded.lengths[number])
      // The token's first base in reading direction, on the forward strand.
      let base = isReversed ? start + bases - 1 - first : start + first
      states[number + 1] = state(
        chromosome, base, length, step: isReversed ? -1 : 1, cellType: cellType)
    }
    tokens[count + 1] = specials.separator
    states[count + 1] = 0
    for position in count + 2..<max(count + 2, tokens.count) {
      tokens[position] = specials.pad
      states[position] = 0
    }
    return count + 2
  }

  /// The codes of `Base` of a stretch; unknown outside the chromosome.
  func unpack(
    _ chromosome: Int, _ start: Int, into codes: UnsafeMutableBufferPointer<UInt8>
  ) {
    let length = chromosomes[chromosome].length
    let bytes = sequence.bytes
    let first = firstByte[chromosome]
    for place in codes.indices {
      let base = start + place
      guard base >= 0, base < length else {
        codes[place] = Base.unknown
        continue
      }
      codes[place] = bytes[first + base >> 2] >> UInt8(6 - 2 * (base & 3)) & 3
    }
    let runs = unknown[chromosome]
    var run = runs.firstPosition(endingAfter: start)
    while run < runs.count, runs[run].start < start + codes.count {
      for base in max(start, runs[run].start)..<min(start + codes.count, runs[run].end) {
        codes[base - start] = Base.unknown
      }
      run += 1
    }
  }

  /// The state of a token.
  ///
  /// - Parameters:
  ///   - base: its first base in reading direction.
  ///   - length: of its bases.
  ///   - step: 1, or -1 on the other strand.
  private func state(
    _ chromosome: Int, _ base: Int, _ length: Int, step: Int, cellType: Int
  ) -> Int32 {
    func state(_ layer: StateLayer, _ base: Int) -> Int32 {
      base < 0 || base >= chromosomes[chromosome].length
        ? 0 : layer.state(chromosome, base / layer.binSize, cellType)
    }
    var joint: Int32 = 0
    for layer in layers {
      let own: Int32 =
        switch stateRule {
        case .centre: state(layer, base + step * (length / 2))
        case .majority:
          if base / layer.binSize == (base + step * (length - 1)) / layer.binSize {
            state(layer, base)
          } else {
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: length) { states in
              for number in 0..<length { states[number] = state(layer, base + step * number) }
              return StateRule.majority(UnsafeBufferPointer(states))
            }
          }
        }
      joint = joint &* layer.states &+ own
    }
    return joint
  }

  /// Bases in a token, on average over a sample of the training regions: 64 stretches of 4,096 bases evenly
  /// over them.
  static func basesPerToken(_ tokenizer: Tokenizer, _ corpus: Corpus) -> Double {
    var encoder = TokenEncoder(tokenizer)
    var encoded = EncodedBases()
    var (bases, tokens) = (0, 0)
    let regions = corpus.training
    for number in 0..<min(64, regions.count * 64) {
      let region = regions[number * regions.count / 64]
      let length = min(4096, region.length)
      let start = region.start + (region.length - length) * (number % 16) / 16
      var codes = [UInt8](repeating: 0, count: length)
      codes.withUnsafeMutableBufferPointer { codes in
        corpus.unpack(region.chromosome, start, into: codes)
        encoder.encode(UnsafeBufferPointer(codes), into: &encoded)
      }
      bases += length
      tokens += encoded.count
    }
    return Double(bases) / Double(max(1, tokens))
  }
}
