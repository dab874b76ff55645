/// A time that is known only as a range. The middle is what the formula gives; the ends say how far published
/// measurements were from it, or, where there are none, a judgement that `basis` names as such.
struct TimeRange: Equatable, Sendable {
  /// Seconds.
  var low: Double
  var middle: Double
  var high: Double
  /// What the range rests on, in words.
  var basis: String
  /// Whether the network lies outside of what the formula was fitted to.
  var extrapolates: Bool
}

/// Step time when the wafer runs one layer at a time and weights stream in from outside.
///
///     t = B · operations / (0.238 · peak)  +  L · 3.76 ms
///
/// fitted to seven published throughputs of CS-2 (BERT-large, GPT-J, LLaMA 7B, GPT-2 small), see
/// `docs/wafer.md`. Leave-one-out error of a point: 0.73 to 1.26 of the measured time, 15 % on average; the
/// form was chosen on the same points, hence optimistic.
struct WeightStreaming: Sendable {
  static let utilization = 0.238
  static let secondsPerLayer = 3.76e-3

  static func stepTime(_ network: NetworkShape, batch: Int, on system: WaferSystem) -> TimeRange {
    let compute =
      Double(batch) * Double(network.operationsPerSample) / (system.peak * utilization)
    let middle = compute + Double(network.layers) * secondsPerLayer
    // Networks of the fit: 124 M to 6.7 G parameters, the smallest being the worst; lengths 128 to 2048.
    if network.parameters < 300_000_000 {
      return TimeRange(
        low: middle / 2, middle: middle, high: middle * 12,
        basis: "below 300 M parameters a published run took 11 times as long as predicted "
          + "(ESM-2 35M on CS-3), and GPT-2 small is the worst point of the fit",
        extrapolates: true)
    }
    if system == .cs2 && network.length <= 2048 {
      return TimeRange(
        low: middle / 1.3, middle: middle, high: middle * 1.4,
        basis: "leave-one-out error over seven published CS-2 runs, widened", extrapolates: false)
    }
    if system == .cs3 {
      return TimeRange(
        low: middle / 1.6, middle: middle, high: middle * 1.4,
        basis: "fitted on CS-2; three published CS-3 runs took 0.65 to 1.0 of the predicted time",
        extrapolates: true)
    }
    return TimeRange(
      low: middle / 3, middle: middle, high: middle * 3,
      basis: "no published weight-streaming run on this system or at this length: a judgement",
      extrapolates: true)
  }
}

/// Step time when every layer has its own rectangle of cores and samples flow through all of them at once.
///
/// One network was published in this mode: BERT-large at length 128 on CS-2, 6,959 and 6,805 samples/s
/// (releases 1.7.1 and 1.8.0). What its placement here would give at peak is scaled to their mean; nothing
/// independent checks the transfer to another network.
struct Pipeline: Sendable {
  static let measured = (
    network: NetworkShape(
      layers: 24, hidden: 1024, heads: 16, intermediate: 4096, vocabulary: 30_522, states: 2,
      length: 128, masked: 20),
    samplesPerSecond: 6_882.0
  )

  /// The share of the placement's own peak that the published run reached; nil where it does not fit.
  static func efficiency(grain: PipelineStage.Grain) -> Double? {
    Placement(measured.network, on: .cs2, grain: grain).map {
      measured.samplesPerSecond * $0.secondsPerSample
    }
  }

  static func stepTime(
    _ network: NetworkShape, batch: Int, placement: Placement, system: WaferSystem,
    grain: PipelineStage.Grain
  ) -> TimeRange? {
    guard let efficiency = efficiency(grain: grain) else { return nil }
    let middle = Double(batch) * placement.secondsPerSample / efficiency
    let isMeasured = network == measured.network && system == .cs2
    return TimeRange(
      low: middle / (isMeasured ? 1.1 : 3), middle: middle, high: middle * (isMeasured ? 1.1 : 3),
      basis: isMeasured
        ? "the published run itself"
        : "one network was published in this mode (BERT-large on CS-2): factor 3 is a judgement",
      extrapolates: !isMeasured)
  }
}
