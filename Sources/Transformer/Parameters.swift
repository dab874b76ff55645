import CounterRandom
import Glibc

/// How a new tensor is filled.
enum Initial {
  case zeros, ones
  /// Normal with standard deviation `initializer_range`.
  case normal
  /// As `normal`, but row `pad` is 0 (the padding row of an embedding).
  case normalExcept(pad: Int)
  /// Sines and cosines of the row's number (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762),
  /// wavelengths from 2 pi to 2 pi times the number of rows, amplitude 4 `initializer_range`.
  ///
  /// A start for position embeddings, which are learned from there. A shift by some positions is then
  /// a linear map, so that attention to neighbours is found once and not for each position anew.
  case sinusoids
}

/// One named tensor within the arena of parameters.
public struct ParameterTensor: Sendable {
  /// The name in Hugging Face's checkpoints.
  public let name: String
  public let shape: [Int]
  /// The first number's place in the arena.
  public let offset: Int
  let initial: Initial

  public var count: Int { shape.reduce(1, *) }
  /// Weight decay is for all but biases and LayerNorm (Devlin et al. 2019).
  var isDecayed: Bool { ParameterTensor.isDecayed(name) }

  static func isDecayed(_ name: String) -> Bool {
    !name.hasSuffix("bias") && !name.contains("LayerNorm")
  }
}

/// The list of a model's tensors, in the order in which they are declared.
struct ParameterLayout {
  private(set) var entries: [(name: String, shape: [Int], initial: Initial)] = []

  /// Numbers in all tensors.
  var count: Int { entries.reduce(0) { $0 + $1.shape.reduce(1, *) } }

  mutating func add(_ name: String, _ shape: [Int], _ initial: Initial) {
    entries.append((name, shape, initial))
  }
}

/// All parameters of a model in one arena, and their gradients in another.
///
/// Decayed tensors come first, so that the optimizer makes two passes whatever the number of
/// tensors; a checkpoint is one write, the gradient norm one reduction.
public final class Parameters {
  public let tensors: [ParameterTensor]
  /// Numbers in all tensors.
  public let count: Int
  /// How many of them, from the start, are subject to weight decay.
  public let decayedCount: Int
  let weights: Floats
  let gradients: Floats
  /// What the parameters live on.
  public let device: any Device
  private let arena: Arena
  private let index: [String: Int]

  init(_ layout: ParameterLayout, device: any Device) {
    var tensors: [ParameterTensor] = []
    var offset = 0
    var decayedCount = 0
    for decayed in [true, false] {
      for entry in layout.entries where ParameterTensor.isDecayed(entry.name) == decayed {
        let tensor = ParameterTensor(
          name: entry.name, shape: entry.shape, offset: offset, initial: entry.initial)
        tensors.append(tensor)
        offset += tensor.count
      }
      if decayed { decayedCount = offset }
    }
    self.tensors = tensors
    self.count = offset
    self.decayedCount = decayedCount
    self.device = device
    arena = Arena(device)
    weights = arena.floats(offset)
    gradients = arena.floats(offset)
    index = Dictionary(uniqueKeysWithValues: tensors.enumerated().map { ($1.name, $0) })
  }

  /// The tensor of that name; nil where there is none.
  public subscript(name: String) -> ParameterTensor? { index[name].map { tensors[$0] } }

  /// A copy of a tensor's weights, row-major.
  public func values(_ tensor: ParameterTensor) -> [Float] { copy(weights, tensor) }

  /// A copy of a tensor's gradient, row-major.
  public func gradient(_ tensor: ParameterTensor) -> [Float] { copy(gradients, tensor) }

  /// Sets a tensor's weights. `values` must have as many numbers as the tensor.
  public func set(_ tensor: ParameterTensor, to values: UnsafeBufferPointer<Float>) {
    precondition(values.count == tensor.count, "\(tensor.name): wrong number of values")
    device.upload(values, to: weights + tensor.offset)
  }

  /// All gradients, in the memory of the device; ranges of it are those that a backward pass tells of.
  public var gradientMemory: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: gradients, count: count)
  }

  /// Whether all weights are finite numbers, and no square of one overflows.
  public var isFinite: Bool { device.sumOfSquares(weights, count: count).isFinite }

  public func zeroGradients() { device.zero(gradients, count: count) }

  private func copy(_ memory: Floats, _ tensor: ParameterTensor) -> [Float] {
    [Float](unsafeUninitializedCapacity: tensor.count) { buffer, count in
      count = tensor.count
      device.download(
        memory + tensor.offset, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
    }
  }

  /// Fills a tensor with new values. Each is a function of the seed, the tensor's name and its
  /// place.
  func initialize(_ tensor: ParameterTensor, deviation: Double, seed: UInt64) {
    var values = [Float](repeating: 0, count: tensor.count)
    switch tensor.initial {
    case .zeros, .sinusoids: break
    case .ones: values = [Float](repeating: 1, count: tensor.count)
    case .normal, .normalExcept:
      let name = tensor.name.utf8.reduce(UInt64(0)) { mix($0 ^ UInt64($1)) }
      var random = RandomSequence(seed, name)
      for place in values.indices { values[place] = Float(deviation * random.normal()) }
    }
    if case .sinusoids = tensor.initial {
      let rows = Double(tensor.shape[0])
      let width = tensor.shape[1]
      for place in values.indices {
        let (row, column) = (Double(place / width), place % width)
        let angle = row / pow(rows, Double(column / 2 * 2) / Double(width))
        values[place] = Float(4 * deviation * (column % 2 == 0 ? sin(angle) : cos(angle)))
      }
    }
    if case .normalExcept(let pad) = tensor.initial {
      let width = tensor.count / max(1, tensor.shape[0])
      for place in pad * width..<(pad + 1) * width { values[place] = 0 }
    }
    values.withUnsafeBufferPointer { set(tensor, to: $0) }
  }

  func initialize(deviation: Double, seed: UInt64) {
    for tensor in tensors { initialize(tensor, deviation: deviation, seed: seed) }
  }

  /// The place of a tensor that the layout is known to hold.
  func place(_ name: String) -> Int {
    guard let position = index[name] else { preconditionFailure("no parameter \(name)") }
    return tensors[position].offset
  }
}
