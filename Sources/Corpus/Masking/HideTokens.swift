import CounterRandom

// The hot half of masking: writes over the tokens of chosen units, and lists what stood there. It writes to
// memory that its caller holds for a whole batch: arrays that grow, one for each window, cost more than the
// masking.

/// What is to be guessed, in memory that is there already.
struct HiddenList {
  /// Rows of the batch, or positions of a window, rising.
  let positions: UnsafeMutableBufferPointer<Int32>
  /// By position: the token that stood there.
  let labels: UnsafeMutableBufferPointer<Int32>
  /// How many are in use.
  var count = 0
  /// What is added to a position of the window.
  var offset: Int32 = 0
}

extension Masking {
  /// Masks one window in place and adds what was chosen to `list`, which has room for `capacity` more.
  func hide(
    _ tokens: UnsafeMutableBufferPointer<Int32>, bins: WindowBins?, random: inout RandomSequence,
    marks: Marks, into list: inout HiddenList
  ) {
    let count = tokens.count - 2
    guard count > 0 else { return }
    switch unit {
    case .span:
      let places = markSpans(among: count, marks, random: &random)
      let more = span - 1
      marks.forEach(below: places) { rank, place in
        let first = 1 + place + rank * more
        hide(first..<first + span, of: tokens, random: &random, into: &list)
      }
    case .bin:
      guard let bins else { preconditionFailure("bins are masked, but none are given") }
      let chosen = number(of: Double(bins.count), atMost: bins.count, random: &random)
      guard chosen > 0 else { return }
      marks.draw(chosen, of: bins.count, random: &random)
      marks.forEach(below: bins.count) { _, bin in
        hide(bins[bin], of: tokens, random: &random, into: &list)
      }
    }
  }

  @inline(__always)
  private func hide(
    _ positions: Range<Int>, of tokens: UnsafeMutableBufferPointer<Int32>,
    random: inout RandomSequence, into list: inout HiddenList
  ) {
    let fate = random.uniform()
    let first = ordinary.lowerBound
    var next = list.count
    for position in positions {
      let token = tokens[position]
      if token < first { continue }
      list.positions[next] = Int32(truncatingIfNeeded: position) &+ list.offset
      list.labels[next] = token
      next += 1
      if fate < maskShare {
        tokens[position] = mask
      } else if fate < maskShare + randomShare {
        tokens[position] = first + Int32(random.below(ordinary.count))
      }
    }
    list.count = next
  }
}
