import FlowTesting
import Glibc
import Testing

@testable import Transformer

extension CUDA {
  /// The backend on the emulated driver and libraries of Tests/Fixtures/CUDA.
  static func emulated() throws -> CUDA {
    try CUDA(search: LibrarySearch(directories: [EmulatedCUDA.directory()]))
  }
}

/// The CUDA backend, its kernels included, against recorded values and against the processor.
///
/// The emulated device lets nobody but the driver at its memory: that the model only counts with addresses
/// is tested by every test here.
@Suite struct EmulatedDeviceTests {
  @Test(arguments: referenceCases())
  func logitsGradientsAndTrainingEqualHuggingFace(directory: String) throws {
    let deviations = try ReferenceCase(directory: directory).compare(on: CUDA.emulated())
    #expect(deviations.count > 20)
    for deviation in deviations where deviation.counts {
      #expect(deviation.error < 1e-4, "\(deviation.name)")
    }
  }

  /// Several tiles of keys; heads wider than a tile; lengths and widths that nothing divides.
  static let sizes: [(hidden: Int, heads: Int, length: Int)] = [
    (140, 2, 70), (21, 3, 130), (7, 1, 1),
  ]

  @Test(arguments: sizes)
  func aModelIsTrainedAsOnTheProcessor(size: (hidden: Int, heads: Int, length: Int)) throws {
    let configuration = try BertConfiguration(
      hiddenSize: size.hidden, layers: 1, heads: size.heads, intermediateSize: size.hidden + 6,
      vocabularySize: 301, states: 5, maximumLength: size.length, hiddenDropout: 0.1,
      attentionDropout: 0.2, initializerRange: 0.1)
    let expected = try train(configuration, length: size.length, on: CPU(threads: 1))
    let found = try train(configuration, length: size.length, on: CUDA.emulated())
    for (a, b) in zip(found.losses, expected.losses) { #expect(abs(a - b) < 1e-5) }
    for (a, b) in zip(found.norms, expected.norms) { #expect(abs(a - b) < 1e-4 * b) }
    for (name, values) in expected.gradients {
      #expect(relativeError(found.gradients[name] ?? [], values) < 2e-5, "\(name)")
    }
  }

  /// Losses and norms of three steps, and the gradients of the first. The last sequence is padded, and one
  /// position is scored twice.
  private func train(
    _ configuration: BertConfiguration, length: Int, on device: any Device
  ) throws -> (losses: [Double], norms: [Double], gradients: [String: [Float]]) {
    let model = MaskedLanguageModel(configuration, device: device, seed: 3)
    let optimizer = AdamW(model.parameters, AdamW.Settings(clipNorm: 0.5))
    let batch = Batch.random(configuration, count: 2, length: length, isPadded: length > 3)
    let rows = (0..<2 * length).filter { $0 % 5 == 0 }.map(Int32.init) + [0]
    let scored = ScoredPositions(rows: rows, labels: rows.map { 5 + $0 % 290 })
    var losses: [Double] = []
    var norms: [Double] = []
    var gradients: [String: [Float]] = [:]
    for step in 1...3 {
      losses.append(
        try model.train(
          batch, scored: scored, dropout: Dropout(seed: 5, step: step, firstExample: 7)))
      if step == 1 {
        for tensor in model.parameters.tensors where !tensor.name.hasSuffix("key.bias") {
          // A sequence of one token has nothing to weigh: the gradients of queries and keys are 0.
          if length == 1, tensor.name.contains("query") || tensor.name.contains("key") { continue }
          gradients[tensor.name] = model.parameters.gradient(tensor)
        }
      }
      norms.append(try #require(optimizer.step(learningRate: 1e-3)))
    }
    return (losses, norms, gradients)
  }

  @Test(arguments: Pooling.allCases)
  func aClassifierIsTrainedAsOnTheProcessor(pooling: Pooling) throws {
    func train(_ device: any Device) throws -> (Double, [Float], [[Float]]) {
      let configuration = GradientTests.odd(hidden: 15, heads: 3, layers: 1, dropout: 0.1)
      let model = SequenceClassifier(
        configuration, settings: ClassifierSettings(pooling: pooling, dropout: 0.3), device: device,
        seed: 4)
      let batch = Batch.random(configuration, count: 3, length: 10, isPadded: true)
      let spans = [2..<9, 0..<1, 3..<7]
      let loss = try model.train(
        batch, spans: spans, labels: [1, 0, 0.25], weights: [1, 2, 0.5],
        dropout: Dropout(seed: 6, step: 2))
      let gradients = model.parameters.tensors.filter { !$0.name.hasSuffix("key.bias") }
        .map { model.parameters.gradient($0) }
      return (loss, try model.predict(batch, spans: spans), gradients)
    }
    let expected = try train(CPU(threads: 1))
    let found = try train(CUDA.emulated())
    #expect(abs(found.0 - expected.0) < 1e-6)
    #expect(relativeError(found.1, expected.1) < 1e-5)
    for (a, b) in zip(found.2, expected.2) { #expect(relativeError(a, b) < 2e-5) }
  }

  /// A barrier that is missing shows as a result that depends on which thread comes first.
  @Test func theOrderOfThreadsAndBlocksChangesNoBit() throws {
    let configuration = GradientTests.odd(hidden: 34, heads: 2, layers: 1, dropout: 0.2)
    func weights() throws -> [[Float]] {
      let model = MaskedLanguageModel(configuration, device: try CUDA.emulated(), seed: 3)
      let optimizer = AdamW(model.parameters, AdamW.Settings(clipNorm: 0.5))
      let batch = Batch.random(configuration, count: 3, length: 11, isPadded: true)
      let scored = ScoredPositions(rows: [1, 4, 12, 25, 12], labels: [7, 20, 5, 9, 9])
      for step in 1...2 {
        _ = try model.train(batch, scored: scored, dropout: Dropout(seed: 5, step: step))
        optimizer.step(learningRate: 1e-2)
      }
      return model.parameters.tensors.map { model.parameters.values($0) }
    }
    let forwards = try weights()
    let library = try DynamicLibrary(
      ["libcuda.so.1"], in: [EmulatedCUDA.directory()], advice: "")
    let runBackwards: @convention(c) (Int32) -> Void =
      try library.function("emulated_run_backwards")
    runBackwards(1)
    defer { runBackwards(0) }
    #expect(try weights() == forwards)
  }

  @Test func memoryIsGivenBack() throws {
    let device = try CUDA.emulated()
    do {
      let arena = Arena(device)
      let numbers = arena.floats(1000)
      var values = [Float](repeating: 1, count: 1000)
      values.withUnsafeMutableBufferPointer { device.download(numbers, into: $0) }
      #expect(values == [Float](repeating: 0, count: 1000), "memory is 0 when it is new")
      #expect(device.held == 4000)
    }
    #expect(device.held == 0)
    #expect(device.mostHeld == 4000)
  }
}
