/// A device that cannot be used, or that stopped working: what is wrong, and what to do.
public struct DeviceError: Error, Equatable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}
