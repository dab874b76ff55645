/// The bins in which binding is predicted: windows of one width at a fixed stride.
///
/// ENCODE-DREAM uses 200 bases every 50 (https://www.synapse.org/Synapse:syn6131484).
public struct Bins: Hashable, Sendable {
  /// Bases in a bin.
  public let width: Int
  /// Bases from the start of a bin to the start of the next.
  public let stride: Int

  /// The challenge's bins.
  public static let dream = Bins(width: 200, stride: 50)

  /// - Precondition: both are positive.
  public init(width: Int, stride: Int) {
    precondition(width > 0 && stride > 0, "width and stride must be positive")
    self.width = width
    self.stride = stride
  }

  /// How many bins lie wholly in an interval, the first at its start.
  public func count(in interval: Interval) -> Int {
    interval.length < width ? 0 : (interval.length - width) / stride + 1
  }

  /// Bin number `index` of an interval.
  public func bin(_ index: Int, in interval: Interval) -> Interval {
    let start = interval.start + index * stride
    return Interval(start, start + width)
  }
}
