import Files
import Glibc

/// One checkpoint of a training run: a directory with
///
/// - `state.safetensors`: weights/NAME, first_moment/NAME and second_moment/NAME for each parameter,
/// - `manifest.json`: a `TrainingCheckpointManifest`,
/// - `SHA256SUMS`: the hashes of both, for `sha256sum -c`.
struct TrainingCheckpoint {
  /// Why a checkpoint is passed over.
  enum Unusable: Error, CustomStringConvertible {
    /// It is whole perhaps, but not of this run or not for this program.
    case foreign(String)
    /// Its bytes are not those that were written.
    case damaged(String)
    /// It is whole, but something beside it, which it needs, is not.
    case incomplete(String)
    /// The system does not let us read it.
    case unreadable(FileError)

    var description: String {
      switch self {
      case .foreign(let reason), .incomplete(let reason): reason
      case .damaged(let what): "it is damaged: \(what)"
      case .unreadable(let error): error.description
      }
    }
  }

  let directory: String
  var numbers: String { "\(directory)/state.safetensors" }
  static let names = ["manifest.json", "state.safetensors"]
  /// Bytes of a safetensors header, its length included, at most.
  static let longestHeader = 100_000_008

  /// Writes the directory and brings it to the disk. One tensor at a time is copied from the device.
  func write(_ optimizer: AdamW, identity: String, facts: JSON) throws(FileError) {
    try Path.createDirectory(directory)
    let parameters = optimizer.parameters
    var tensors: [String: String] = [:]
    var writer = SafetensorsWriter()
    for (kind, memory) in Self.arenas(optimizer) {
      for tensor in parameters.tensors {
        let name = "\(kind)/\(tensor.name)"
        writer.add(name, shape: tensor.shape) {
          let values = [Float](unsafeUninitializedCapacity: tensor.count) { buffer, count in
            count = tensor.count
            parameters.device.download(
              memory + tensor.offset, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
          }
          let hash = StreamingHash(.sha256)
          values.withUnsafeBytes { hash.update($0) }
          tensors[name] = hash.finish()
          return values
        }
      }
    }
    let hash = try writer.write(to: numbers)
    let manifest = TrainingCheckpointManifest(
      identity: identity, step: optimizer.steps, bytes: try Path.size(numbers), tensors: tensors,
      facts: facts
    ).json.prettyText
    try write(manifest, to: "manifest.json")
    let sums = zip(Self.names, [StreamingHash.sha256(of: manifest), hash])
    try write(sums.map { "\($1)  \($0)\n" }.joined(), to: "SHA256SUMS")
    try WholeFile.synchronizeDirectory(directory)
  }

  private func write(_ text: String, to name: String) throws(FileError) {
    // Not aside: the whole directory is.
    let file = try FileHandle.create("\(directory)/\(name)")
    try file.write(text)
    try file.synchronize()
  }

  /// The three numbers that a checkpoint keeps of each parameter.
  static func arenas(_ optimizer: AdamW) -> [(kind: String, memory: Floats)] {
    [
      ("weights", optimizer.parameters.weights), ("first_moment", optimizer.first),
      ("second_moment", optimizer.second),
    ]
  }
}
