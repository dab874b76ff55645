/// A batch of windows as `WindowLoader` fills it: memory that is used again for the next batch.
public struct LoadedWindows: Sendable {
  /// How many windows there are.
  public let count: Int
  /// Tokens in a window, [CLS] and [SEP] included.
  public let length: Int
  /// Token ids [count, length], row-major: what the model sees.
  public internal(set) var tokens: [Int32]
  /// State ids [count, length].
  public internal(set) var states: [Int32]
  /// By window: positions in use; behind them is [PAD]. Fewer than `length` only where tokens are of different
  /// lengths.
  public internal(set) var used: [Int] = []
  /// Rows (window * length + position) whose token is to be guessed, rising.
  public internal(set) var rows: [Int32] = []
  /// By row: the token that stood there.
  public internal(set) var labels: [Int32] = []
  /// By row: the chromatin state there, whether or not the model is told.
  public internal(set) var statesOfRows: [Int32] = []
  /// Rows at which a bin's state is to be guessed, rising; empty where states are not masked.
  public internal(set) var stateRows: [Int32] = []
  /// By row: the state that stood there.
  public internal(set) var stateLabels: [Int32] = []
  /// By window: where it lies in the corpus.
  public internal(set) var windows: [WindowSampler.Window] = []
  /// What `WindowLoader` read ahead; of no meaning but that it was read.
  var touched = 0

  /// Room for `count` windows of `length` tokens.
  public init(count: Int, length: Int) {
    self.count = count
    self.length = length
    tokens = [Int32](repeating: 0, count: count * length)
    states = tokens
  }
}
