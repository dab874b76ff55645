/// The tokens of a stretch of bases, and where each of them lies.
///
/// A value to be kept and given to `TokenEncoder.encode` again: its storage is used anew, so that encoding a
/// window allocates nothing once the buffers have grown.
public struct EncodedBases: Equatable, Sendable {
  /// The tokens, special ones not among them.
  public internal(set) var ids: [Int32] = []
  /// By token: its first base, counted from the first base that was encoded.
  public internal(set) var starts: [Int32] = []
  /// By token: how many bases it spans. Tokens overlap only where k-mers do.
  public internal(set) var lengths: [Int32] = []

  /// No tokens yet.
  public init() {}

  /// How many tokens there are.
  public var count: Int { ids.count }

  /// Forgets the tokens and keeps the room.
  mutating func removeAll() {
    ids.removeAll(keepingCapacity: true)
    starts.removeAll(keepingCapacity: true)
    lengths.removeAll(keepingCapacity: true)
  }

  mutating func append(_ id: Int32, start: Int, length: Int) {
    ids.append(id)
    starts.append(Int32(truncatingIfNeeded: start))
    lengths.append(Int32(truncatingIfNeeded: length))
  }

  /// Leaves the first `count` tokens.
  mutating func keepFirst(_ count: Int) {
    guard count < ids.count else { return }
    ids.removeLast(ids.count - count)
    starts.removeLast(starts.count - count)
    lengths.removeLast(lengths.count - count)
  }
}
