/// A chromosome, or another sequence of an assembly: its name and its length.
public struct Chromosome: Hashable, Sendable {
  /// The name as the sequence file has it.
  public let name: String
  /// In bases.
  public let length: Int

  /// A sequence of `length` bases.
  public init(name: String, length: Int) {
    self.name = name
    self.length = length
  }
}
