/// A model, a checkpoint or a batch that cannot be used: what is wrong, and where.
public struct ModelError: Error, Equatable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}
