/// Sequences of equal length: tokens, their chromatin states, and which positions count.
public struct Batch: Sendable {
  /// How many sequences there are.
  public let count: Int
  /// Tokens per sequence, special tokens and padding included.
  public let length: Int
  /// Token ids [count, length], row-major.
  public var tokens: [Int32]
  /// State ids [count, length]; 0 where there is none.
  public var states: [Int32]
  /// 1 where a position may be attended to, 0 where it is padding [count, length]; nil if all
  /// count.
  public var mask: [Int32]?

  /// A batch of [PAD] tokens (id 0) without states, to be filled.
  public init(count: Int, length: Int) {
    self.count = count
    self.length = length
    tokens = [Int32](repeating: 0, count: count * length)
    states = tokens
  }

  public init(count: Int, length: Int, tokens: [Int32], states: [Int32], mask: [Int32]? = nil) {
    self.count = count
    self.length = length
    self.tokens = tokens
    self.states = states
    self.mask = mask
  }

  /// Positions in all sequences.
  public var rows: Int { count * length }

  /// - Throws: `ModelError` where the arrays' sizes are wrong or an id is outside the model's tables.
  func validate(for configuration: BertConfiguration) throws(ModelError) {
    if count < 1 || length < 1 { throw ModelError("an empty batch") }
    if length > configuration.maximumLength {
      throw ModelError(
        "sequences of \(length) tokens; the model takes at most \(configuration.maximumLength)")
    }
    if tokens.count != rows || states.count != rows || (mask.map { $0.count != rows } ?? false) {
      throw ModelError("the batch's arrays do not hold \(count) x \(length) values each")
    }
    try Batch.check(tokens, "token", below: configuration.vocabularySize)
    try Batch.check(states, "state", below: configuration.states)
  }

  private static func check(_ ids: [Int32], _ name: String, below bound: Int) throws(ModelError) {
    let bound = UInt32(bound)
    // One pass that the compiler vectorizes; the place is looked for only in a bad batch.
    var worst: UInt32 = 0
    for id in ids { worst = max(worst, UInt32(bitPattern: id)) }
    if worst < bound { return }
    let place = ids.firstIndex { UInt32(bitPattern: $0) >= bound } ?? 0
    throw ModelError(
      "\(name) id \(ids[place]) at place \(place) of the batch; the model has \(bound)")
  }
}
