import Testing

@testable import Transformer

@Suite struct MemoryForecastTests {
  private func configuration(hidden: Int, layers: Int) throws -> BertConfiguration {
    try BertConfiguration(
      hiddenSize: hidden, layers: layers, heads: hidden / 8, intermediateSize: 4 * hidden,
      vocabularySize: 69, states: 3, maximumLength: 64)
  }

  private func forecast(
    _ configuration: BertConfiguration, windows: Int = 8, validation: Int = 0, threads: Int = 1
  ) throws -> MemoryForecast {
    try MemoryForecast(
      configuration, windows: windows, length: 64, scored: 10, validationWindows: validation,
      threads: threads)
  }

  @Test func parametersAndMomentsAreFourNumbersEach() throws {
    let configuration = try configuration(hidden: 32, layers: 2)
    let model = MaskedLanguageModel(configuration, device: CPU(threads: 1), seed: 1)
    let forecast = try forecast(configuration)
    let arena = (4 * model.parameters.count + 63) / 64 * 64
    #expect(forecast.parameters == 2 * arena)
    #expect(forecast.moments == 2 * arena)
  }

  /// A layer keeps at least: queries, keys and values, context, two sums and two results of LayerNorm,
  /// 8 numbers of the hidden size per token, and the intermediate twice, another 8.
  @Test func eachLayerKeepsItsActivations() throws {
    let two = try forecast(configuration(hidden: 32, layers: 2))
    let three = try forecast(configuration(hidden: 32, layers: 3))
    let layer = three.step - two.step
    #expect(layer >= 4 * 16 * 32 * 8 * 64)
    #expect(layer < 4 * 20 * 32 * 8 * 64)
  }

  @Test func fewerWindowsAtOnceTakeLess() throws {
    let configuration = try configuration(hidden: 32, layers: 2)
    let whole = try forecast(configuration, windows: 8, validation: 8)
    let part = try forecast(configuration, windows: 2, validation: 2)
    #expect(part.step < whole.step && part.validation < whole.validation)
    #expect(part.parameters == whole.parameters && part.moments == whole.moments)
    #expect(try forecast(configuration).validation == 0)
  }

  @Test func threadsHaveMemoryOfTheirOwn() throws {
    let configuration = try configuration(hidden: 32, layers: 2)
    #expect(try forecast(configuration, threads: 4).step > forecast(configuration).step)
  }

  /// Nothing is allocated and nothing computed: a model of 40 billion parameters is forecast at once.
  @Test func whatNoMachineHoldsIsForecastToo() throws {
    let forecast = try forecast(configuration(hidden: 8192, layers: 50))
    #expect(forecast.parameters > 300_000_000_000)
  }

  @Test func sizesThatDoNotFitAreRefused() throws {
    let configuration = try configuration(hidden: 32, layers: 2)
    #expect(throws: ModelError.self) {
      try MemoryForecast(
        configuration, windows: 1, length: 65, scored: 1, validationWindows: 0, threads: 1)
    }
  }
}
