import CounterRandom
import Files
import FlowPlugin
import Glibc
import Transformer

/// `pretrain/benchmark`: the speed of training steps, or of inference, on this machine.
///
/// Random tokens and states, 15 % of the positions scored; a step is forward, backward and AdamW. The first
/// steps are not counted.
public struct Benchmark: Operation {
  public struct Parameters: Decodable {
    var config: BenchmarkConfiguration.Name
    var batchSize, steps: Int
    var dropout: Double
    var forwardOnly: Bool
    var products: String
    var dtype: ComputeDevice.Precision
    var device: ComputeDevice
    var profile: Bool
  }

  public static let name = "benchmark"
  private static let warmUp = 3
  private static let scoredShare = 0.15

  private let parameters: Parameters

  public init(_ parameters: Parameters) { self.parameters = parameters }

  /// - Throws: `StepFailure` where the step is cancelled.
  public func run(_ step: Step) throws {
    do {
      let result = try measure(step)
      try WholeFile.write(result.text + "\n", to: try step.output("result"))
    } catch let error as ModelError {
      throw StepFailure(.invalid, error.description)
    }
  }

  private func measure(_ step: Step) throws -> JSON {
    let sizes = BenchmarkConfiguration(parameters.config)
    let batchSize = parameters.batchSize > 0 ? parameters.batchSize : sizes.batch
    let device = try openDevice(step)
    let meter = MeteredDevice(device)
    let model = MaskedLanguageModel(
      try sizes.model(dropout: parameters.dropout), device: parameters.profile ? meter : device,
      seed: 1)
    let optimizer = AdamW(model.parameters)
    let data = (0..<4).map { sizes.batch($0, count: batchSize, share: Benchmark.scoredShare) }
    var times: [Double] = []
    var losses: [Double] = []
    for number in 0..<parameters.steps + Benchmark.warmUp {
      try step.checkCancellation()
      if number == Benchmark.warmUp { meter.reset() }
      let (batch, scored) = data[number % data.count]
      let start = ContinuousClock.now
      if parameters.forwardOnly {
        losses.append(try model.loss(batch, scored: scored))
      } else {
        losses.append(
          try model.train(
            batch, scored: scored,
            dropout: parameters.dropout > 0 ? Dropout(seed: 1, step: number) : nil))
        optimizer.step(learningRate: 1e-4)
        device.synchronize()
      }
      if number >= Benchmark.warmUp { times.append(start.secondsUntilNow) }
      step.progress(
        Double(number + 1), of: Double(parameters.steps + Benchmark.warmUp), "steps")
    }
    // The peak of memory, before the matrices of the peak of products are made.
    let memory = Double((device as? CUDA)?.mostHeld ?? SystemMemory.own("VmHWM") ?? 0) / 0x1p20
    let peak = try ProductPeak.measure(step, on: device)
    let median = times.median
    let flops = sizes.operations(
      batch: batchSize, scored: data[0].1.rows.count, forwardOnly: parameters.forwardOnly)
    if parameters.profile { meter.record(step, steps: parameters.steps, peak: peak) }
    let compute = device.description
    return [
      "config": .string(parameters.config.rawValue), "batch": .integer(batchSize),
      "length": .integer(sizes.length), "parameters": .integer(model.parameters.count),
      "threads": .integer(compute.threads), "compile": false,
      "dtype": .string(parameters.dtype.rawValue),
      "step_s": .number(rounded(median, 4)),
      "tokens_per_s": .number(rounded(Double(batchSize * sizes.length) / median, 1)),
      "gflops": .number(rounded(flops / median * 1e-9, 1)),
      "first_loss": .number(rounded(losses.first ?? 0, 4)),
      "last_loss": .number(rounded(losses.last ?? 0, 4)), "dropout": .number(parameters.dropout),
      "forward_only": .boolean(parameters.forwardOnly), "device": .string(compute.device),
      "kernels": .string(compute.core),
      "library": .string(compute.library), "sgemm_gflops": .number(rounded(peak, 1)),
      "of_sgemm": .number(rounded(flops / median * 1e-9 / peak, 3)),
      "peak_memory_mib": .number(rounded(memory, 0)),
    ]
  }

  private func openDevice(_ step: Step) throws -> any Device {
    guard parameters.device == .cpu, parameters.dtype == .float32,
      let products = CPU.Products(rawValue: parameters.products)
    else {
      return try parameters.device.open(threads: step.threads, precision: parameters.dtype)
    }
    return CPU(threads: step.threads, products: products)
  }

  private func rounded(_ value: Double, _ digits: Int) -> Double {
    let scale = pow(10, Double(digits))
    return (value * scale).rounded() / scale
  }
}

extension ContinuousClock.Instant {
  var secondsUntilNow: Double {
    let time = ContinuousClock.now - self
    return Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
  }
}

extension [Double] {
  /// The middle number, or the mean of the two in the middle.
  fileprivate var median: Double {
    let sorted = sorted()
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
  }
}
