import CounterRandom

/// The examples of training: which bin stands in which row of which step, as a function of (seed, step, row).
///
/// An epoch is every bound bin once, and `negativesPerPositive` unbound bins for each, drawn afresh and uniformly
/// over all unbound bins of the training regions, in an order of its own.
struct ExampleOrder {
  struct Example: Equatable, Sendable {
    var bin: BindingBins.Bin
    var isBound: Bool
    /// Whether the other strand is read.
    var isReversed: Bool
  }

  let bins: BindingBins
  let labels: PeakLabels
  /// Numbers of the bound bins.
  let bound: [Int32]
  /// How many bins of each other label there are.
  let unboundCount, ambiguousCount: Int
  let negativesPerPositive: Int
  let readsBothStrands: Bool
  let seed: UInt64

  /// The order of one epoch, kept because steps come in turn.
  private var order: (epoch: Int, places: [Int32])?

  /// Labels all bins once.
  ///
  /// - Parameter progress: called now and then with the number of bins labelled; may throw to stop.
  init(
    _ bins: BindingBins, labels: PeakLabels, negativesPerPositive: Int, readsBothStrands: Bool,
    seed: UInt64, progress: (Int) throws -> Void
  ) rethrows {
    self.bins = bins
    self.labels = labels
    self.negativesPerPositive = negativesPerPositive
    self.readsBothStrands = readsBothStrands
    self.seed = seed
    var bound: [Int32] = []
    var unboundCount = 0
    for index in 0..<bins.count {
      switch labels.label(bins[index]) {
      case .bound: bound.append(Int32(index))
      case .unbound: unboundCount += 1
      case .ambiguous: break
      }
      if index & 0xFFFF == 0 { try progress(index) }
    }
    self.bound = bound
    self.unboundCount = unboundCount
    ambiguousCount = bins.count - bound.count - unboundCount
  }

  /// Examples in an epoch.
  var epochLength: Int { bound.count * (1 + negativesPerPositive) }

  /// The share of bound bins among bound and unbound ones.
  var prevalence: Double { Double(bound.count) / Double(bound.count + unboundCount) }

  /// The examples of step `step`, counted from 1.
  ///
  /// - Precondition: there are bound and unbound bins.
  mutating func examples(step: Int, batch: Int) -> [Example] {
    (0..<batch).map { row in
      let number = (step - 1) * batch + row
      let (epoch, place) = number.quotientAndRemainder(dividingBy: epochLength)
      let item = Int(places(of: epoch)[place])
      var random = RandomSequence(seed, 1, UInt64(epoch), UInt64(item))
      let isReversed = readsBothStrands && random.next() & 1 == 1
      if item < bound.count {
        return Example(bin: bins[Int(bound[item])], isBound: true, isReversed: isReversed)
      }
      return Example(bin: drawUnbound(&random), isBound: false, isReversed: isReversed)
    }
  }

  private func drawUnbound(_ random: inout RandomSequence) -> BindingBins.Bin {
    while true {
      let bin = bins[random.below(bins.count)]
      if labels.label(bin) == .unbound { return bin }
    }
  }

  private mutating func places(of epoch: Int) -> [Int32] {
    if let order, order.epoch == epoch { return order.places }
    var random = RandomSequence(seed, 2, UInt64(epoch))
    var places = (0..<Int32(epochLength)).map { $0 }
    for place in stride(from: places.count - 1, to: 0, by: -1) {
      places.swapAt(place, random.below(place + 1))
    }
    order = (epoch, places)
    return places
  }
}
