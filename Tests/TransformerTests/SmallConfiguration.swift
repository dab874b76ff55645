@testable import Transformer

extension BertConfiguration {
  /// A model whose training takes milliseconds, of sizes that no vector width divides.
  static func small() throws -> BertConfiguration {
    try BertConfiguration(
      hiddenSize: 12, layers: 1, heads: 2, intermediateSize: 20, vocabularySize: 18, states: 3,
      maximumLength: 16)
  }
}
