import Files
import FoundationEssentials

/// Checkpoints of a training run in its scratch directory: weights, moments, step, and the caller's
/// facts.
///
/// A run that was killed goes on from the newest whole checkpoint and ends with the same bits, if
/// all its random choices are functions of (seed, step). Numbers go to `step-N.safetensors`, then
/// their hash to `step-N.json`: a checkpoint without its second file, or with another hash, does
/// not count. The two newest are kept.
public struct TrainingState {
  public let directory: String
  /// What must be equal between the run that wrote a checkpoint and the run that goes on from it,
  /// for instance a hash of the parameters and inputs; other checkpoints are passed over.
  public let identity: String

  public init(directory: String, identity: String) {
    self.directory = directory
    self.identity = identity
  }

  /// Writes a checkpoint of `optimizer` and its parameters, and removes all but the newest two.
  ///
  /// - Parameter facts: anything the run needs to go on, for instance the best validation loss so far.
  public func save(_ optimizer: AdamW, facts: JSON) throws {
    try Path.createDirectory(directory)
    let name = String(optimizer.steps)
    let parameters = optimizer.parameters
    let count = parameters.count
    var writer = SafetensorsWriter()
    let arenas = [
      ("weights", parameters.weights), ("first_moment", optimizer.first),
      ("second_moment", optimizer.second),
    ]
    for (arena, memory) in arenas {
      writer.add(arena, shape: [count]) {
        [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
          parameters.device.download(
            memory, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
          initialized = count
        }
      }
    }
    let hash = try writer.write(to: "\(directory)/step-\(name).safetensors")
    let seal: JSON = [
      "identity": .string(identity), "step": .integer(optimizer.steps), "sha256": .string(hash),
      "facts": facts,
    ]
    try WholeFile.write(seal.prettyText, to: "\(directory)/step-\(name).json")
    for old in try steps().dropFirst(2) { try remove(old) }
  }

  /// Loads the newest whole checkpoint into `optimizer` and its parameters.
  ///
  /// - Parameter passedOver: told of each checkpoint that is damaged or of another run, and why.
  /// - Returns: the facts it was saved with; nil where there is no usable checkpoint.
  public func restore(_ optimizer: AdamW, passedOver: (String) -> Void) throws -> JSON? {
    guard Path.exists(directory) else { return nil }
    for step in try steps() {
      do {
        return try restore(step, optimizer)
      } catch {
        passedOver("checkpoint of step \(step): \(error)")
      }
    }
    return nil
  }

  private func restore(_ step: Int, _ optimizer: AdamW) throws -> JSON {
    let seal = try JSON.read("\(directory)/step-\(step).json")
    guard seal["identity"]?.string == identity else {
      throw ModelError("it belongs to a run with other parameters or inputs")
    }
    let path = "\(directory)/step-\(step).safetensors"
    guard try StreamingHash.of(file: path) == seal["sha256"]?.string else {
      throw ModelError("\(path) is damaged: its hash is not the one recorded")
    }
    let reader = try SafetensorsReader(path)
    let parameters = optimizer.parameters
    let arenas = [
      ("weights", parameters.weights), ("first_moment", optimizer.first),
      ("second_moment", optimizer.second),
    ]
    // Read all before changing any.
    let values = try arenas.map { arena, _ in try reader.floats(arena) }
    guard values.allSatisfy({ $0.count == parameters.count }) else {
      throw ModelError("\(path) holds another number of parameters")
    }
    for ((_, memory), numbers) in zip(arenas, values) {
      numbers.withUnsafeBufferPointer { parameters.device.upload($0, to: memory) }
    }
    parameters.zeroGradients()
    optimizer.steps = step
    return seal["facts"] ?? .null
  }

  /// The steps of sealed checkpoints, newest first.
  private func steps() throws -> [Int] {
    try Path.list(directory).compactMap { name in
      guard name.hasPrefix("step-"), name.hasSuffix(".json") else { return nil }
      return Int(name.dropFirst(5).dropLast(5))
    }.sorted(by: >)
  }

  private func remove(_ step: Int) throws(FileError) {
    try Path.remove("\(directory)/step-\(step).json")
    try Path.remove("\(directory)/step-\(step).safetensors")
  }
}
