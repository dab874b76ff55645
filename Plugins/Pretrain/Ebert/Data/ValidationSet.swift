/// Windows that training cannot draw, on which the model is judged while it trains.
struct ValidationSet: Sendable {
  /// What the model has not seen.
  enum Kind: CaseIterable {
    /// Held-out regions in the cell types of training.
    case regions
    /// The regions of training in held-out cell types.
    case cellTypes
    /// Held-out regions in held-out cell types.
    case both

    var curve: Course.Curve {
      switch self {
      case .regions: .validation
      case .cellTypes: .validationCellTypes
      case .both: .validationBoth
      }
    }

    var purpose: MaskedWindows.Purpose {
      switch self {
      case .regions: .validation
      case .cellTypes: .validationOfCellTypes
      case .both: .validationOfBoth
      }
    }

    var summaryKey: String {
      switch self {
      case .regions: "regions"
      case .cellTypes: "cell_types"
      case .both: "regions_and_cell_types"
      }
    }

    /// In words, for tables.
    var title: String {
      switch self {
      case .regions: "held-out regions"
      case .cellTypes: "held-out cell types"
      case .both: "held-out regions and cell types"
      }
    }
  }

  let kind: Kind
  let windows: MaskedWindows
}

/// Sums of losses over masked tokens: all, and by the state and the cell type they lie in.
struct ValidationLosses: Equatable {
  /// A mean in the making.
  struct Mean: Equatable {
    private(set) var sum = 0.0
    private(set) var tokens = 0

    /// In nats per masked token.
    var mean: Double { tokens > 0 ? sum / Double(tokens) : 0 }

    mutating func add(_ loss: Double) {
      sum += loss
      tokens += 1
    }
  }

  private(set) var all = Mean()
  /// By state id.
  private(set) var byState: [Int: Mean] = [:]
  /// By position in the corpus's list.
  private(set) var byCellType: [Int: Mean] = [:]

  /// - Parameter losses: by scored position of `batch`.
  mutating func add(_ losses: [Float], of batch: MaskedBatch) {
    for (place, loss) in losses.enumerated() {
      let window = Int(batch.scored.rows[place]) / batch.batch.length
      all.add(Double(loss))
      byState[Int(batch.statesOfScored[place]), default: Mean()].add(Double(loss))
      byCellType[batch.windows[window].cellType, default: Mean()].add(Double(loss))
    }
  }
}
