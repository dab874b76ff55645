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

    /// Of the loss of masked states.
    var stateCurve: Course.Curve {
      switch self {
      case .regions: .validationStates
      case .cellTypes: .validationCellTypesStates
      case .both: .validationBothStates
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

/// Sums of losses over masked tokens: all, and by the state and the cell type they lie in; and over masked
/// states.
struct ValidationLosses: Equatable {
  /// A mean in the making.
  struct Mean: Equatable {
    private(set) var sum = 0.0
    private(set) var count = 0

    /// In nats per masked token, or bin.
    var mean: Double { count > 0 ? sum / Double(count) : 0 }

    mutating func add(_ loss: Double) {
      sum += loss
      count += 1
    }
  }

  private(set) var all = Mean()
  /// Of masked states, in nats per masked bin.
  private(set) var states = Mean()
  /// By state id.
  private(set) var byState: [Int: Mean] = [:]
  /// By position in the corpus's list.
  private(set) var byCellType: [Int: Mean] = [:]

  /// - Parameter losses: by scored position of `batch`, those of the tokens and those of the states.
  mutating func add(_ losses: (tokens: [Float], states: [Float]), of batch: MaskedBatch) {
    for loss in losses.states { states.add(Double(loss)) }
    for (place, loss) in losses.tokens.enumerated() {
      let window = Int(batch.scored.rows[place]) / batch.batch.length
      all.add(Double(loss))
      byState[Int(batch.statesOfScored[place]), default: Mean()].add(Double(loss))
      byCellType[batch.windows[window].cellType, default: Mean()].add(Double(loss))
    }
  }
}
