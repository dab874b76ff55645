import Files

/// The estimate in full: both modes, of which `mode` says which one is the answer.
struct WaferEstimate: Sendable {
  let network: NetworkShape
  let batch: Int
  let system: WaferSystem
  /// `pipeline` or `weightStreaming`, never `auto`.
  let mode: ExecutionMode
  let grain: PipelineStage.Grain
  /// nil where the pipeline's stages need more memory than the wafer has.
  let placement: Placement?
  let weightStreaming: TimeRange
  let pipeline: TimeRange?

  init(
    _ network: NetworkShape, batch: Int, system: WaferSystem, mode: ExecutionMode,
    grain: PipelineStage.Grain
  ) {
    self.network = network
    self.batch = batch
    self.system = system
    self.mode = mode == .auto ? (system == .cs1 ? .pipeline : .weightStreaming) : mode
    self.grain = grain
    let placement = Placement(network, on: system, grain: grain)
    self.placement = placement
    weightStreaming = WeightStreaming.stepTime(network, batch: batch, on: system)
    pipeline = placement.flatMap {
      Pipeline.stepTime(network, batch: batch, placement: $0, system: system, grain: grain)
    }
  }

  /// The step time of the mode asked for; nil for a pipeline that does not fit.
  var stepTime: TimeRange? { mode == .pipeline ? pipeline : weightStreaming }

  /// What a reader must know before using a number.
  var caveats: [String] {
    var lines = ["an estimate from published throughputs: nothing was compiled or run on a wafer"]
    if let stepTime, stepTime.extrapolates { lines.append("extrapolating: \(stepTime.basis)") }
    if mode == .pipeline && placement == nil {
      let need = gigabytes(Placement.memory(network, grain: grain))
      lines.append(
        "the pipeline's stages need \(need) GB, and \(system.name) has \(gigabytes(usableMemory)) GB for "
          + "them: it does not fit when cut by \(grain.rawValue)"
          + (grain == .operator ? "; 'stages: layer' needs less" : ""))
    }
    if system == .cs1 {
      lines.append("the peak of cs-1 is derived from one published statement, not documented")
    }
    return lines
  }

  private var usableMemory: Int {
    Int(Double(system.columns * system.rows * system.memoryPerCore) * Placement.usableMemory)
  }

  /// The file `estimate.json`.
  var json: JSON {
    [
      "kind": "estimate",
      "caveats": .array(caveats.map { .string($0) }),
      "network": [
        "layers": .integer(network.layers), "hidden_size": .integer(network.hidden),
        "heads": .integer(network.heads), "intermediate_size": .integer(network.intermediate),
        "vocab_size": .integer(network.vocabulary), "states": .integer(network.states),
        "length": .integer(network.length), "masked_per_sequence": .integer(network.masked),
        "parameters": .integer(network.parameters),
        "operations_per_sample": .integer(network.operationsPerSample),
      ],
      "system": [
        "name": .string(system.name), "cores": .integer(system.cores),
        "fabric": [.integer(system.columns), .integer(system.rows)],
        "memory_bytes": .integer(system.memory),
        "memory_per_core_bytes": .integer(system.memoryPerCore),
        "peak_operations_per_second": .number(system.peak),
      ],
      "batch_size": .integer(batch),
      "mode": .string(mode.rawValue),
      "weight_streaming": describe(weightStreaming),
      "pipeline": pipelineJSON,
    ]
  }

  private var pipelineJSON: JSON {
    var object: [String: JSON] = [
      "stages": .string(grain.rawValue), "fits": .boolean(placement != nil),
      "memory_bytes": .integer(Placement.memory(network, grain: grain)),
      "usable_memory_bytes": .integer(usableMemory),
    ]
    if let pipeline { object["step"] = describe(pipeline) }
    if let placement {
      object["beat_at_peak_seconds"] = .number(placement.secondsPerSample)
      object["placement"] = .array(
        placement.tiles.map { tile in
          [
            "stage": .string(tile.stage.name), "column": .integer(tile.column),
            "row": .integer(tile.row), "columns": .integer(tile.columns),
            "rows": .integer(tile.rows), "cores": .integer(tile.cores),
            "memory_per_core_bytes": .integer(tile.memoryPerCore),
            "operations_per_sample": .integer(tile.stage.operations),
          ]
        })
    }
    return .object(object)
  }

  private func describe(_ time: TimeRange) -> JSON {
    let samples = Double(batch)
    return [
      "step_seconds": [
        "low": .number(time.low), "middle": .number(time.middle), "high": .number(time.high),
      ],
      "samples_per_second": [
        "low": .number(samples / time.high), "middle": .number(samples / time.middle),
        "high": .number(samples / time.low),
      ],
      "extrapolates": .boolean(time.extrapolates), "basis": .string(time.basis),
    ]
  }

  /// The record `table:estimate`.
  var table: JSON {
    var rows: [JSON] = [
      ["parameters", .integer(network.parameters)],
      ["operations per sample (training)", .integer(network.operationsPerSample)],
      ["system", .string("\(system.name), dense peak \(significant(system.peak / 1e15)) PFLOP/s")],
      ["mode", .string(mode.rawValue)],
    ]
    if let stepTime {
      rows += [
        [
          .string("step of \(batch) samples, seconds"),
          .string("\(significant(stepTime.low)) to \(significant(stepTime.high))"),
        ],
        [
          "samples per second",
          .string(
            "\(significant(Double(batch) / stepTime.high)) to \(significant(Double(batch) / stepTime.low))"
          ),
        ],
      ]
    }
    let memory = Placement.memory(network, grain: grain)
    rows.append([
      "memory as a pipeline",
      .string(
        "\(gigabytes(memory)) of \(gigabytes(usableMemory)) GB: "
          + (placement == nil ? "does not fit" : "fits")),
    ])
    return [
      "title": "Estimate, not a measurement", "columns": ["what", "value"], "rows": .array(rows),
      "show": true, "note": .string(caveats.joined(separator: "; ")),
    ]
  }
}

/// Bytes as gigabytes (10⁹) with one decimal.
private func gigabytes(_ bytes: Int) -> String {
  let tenths = (bytes + 50_000_000) / 100_000_000
  return "\(tenths / 10).\(tenths % 10)"
}

/// A positive number with two significant digits; an estimate has no more.
func significant(_ value: Double) -> String {
  guard value > 0, value.isFinite else { return "0" }
  var scale = 1.0
  while value * scale < 10 { scale *= 10 }
  while value * scale >= 100 { scale /= 10 }
  let digits = (value * scale).rounded()
  let result = digits / scale
  return result >= 10 ? "\(Int(result.rounded()))" : "\(result)"
}
