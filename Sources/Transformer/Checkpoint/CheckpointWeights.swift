import Files

/// The tensors of a checkpoint: those of `model.safetensors` or, where there is none, of the shards that
/// `model.safetensors.index.json` names.
///
/// Index: https://huggingface.co/docs/safetensors/en/metadata_parsing#sharded
struct CheckpointWeights {
  static let name = "model.safetensors"
  static let indexName = "model.safetensors.index.json"

  /// The file, or the index of files, for messages.
  let path: String
  /// The shards in the order of their names, or the one file.
  let files: [SafetensorsReader]
  /// By tensor: the place of its file in `files`.
  private let places: [String: Int]

  /// - Throws: `FileError` where a file cannot be read, `ModelError` where one is not valid or where
  ///   the weights are there as a pickle alone.
  init(directory: String) throws {
    let single = "\(directory)/\(CheckpointWeights.name)"
    let index = "\(directory)/\(CheckpointWeights.indexName)"
    if Path.exists(single) || !Path.exists(index) {
      if !Path.exists(single) { try PickledWeights.refuse(directory) }
      let file = try SafetensorsReader(single)
      path = single
      files = [file]
      places = file.tensors.mapValues { _ in 0 }
    } else {
      path = index
      (files, places) = try CheckpointWeights.readShards(index, in: directory)
    }
  }

  /// Of all tensors.
  var names: Set<String> { Set(places.keys) }

  /// The shape of a tensor; nil where there is none of that name.
  func shape(_ name: String) -> [Int]? { places[name].flatMap { files[$0].tensors[name]?.shape } }

  /// Numbers in all tensors.
  var count: Int {
    places.keys.reduce(0) { $0 + (shape($1) ?? []).reduce(1, *) }
  }

  /// A tensor's numbers, row-major.
  func floats(_ name: String) throws(ModelError) -> [Float] {
    guard let place = places[name] else { throw ModelError("\(path) has no tensor '\(name)'") }
    return try files[place].floats(name)
  }

  private static func readShards(
    _ index: String, in directory: String
  ) throws -> ([SafetensorsReader], [String: Int]) {
    guard let map = try JSON.read(index, limit: 1 << 24)["weight_map"]?.object else {
      throw ModelError("\(index) has no 'weight_map'")
    }
    var shards: Set<String> = []
    for (tensor, file) in map {
      guard let file = file.string, isPlainName(file) else {
        throw ModelError(
          "\(index): tensor '\(tensor.prefix(80))' is said to be in \(file.text.prefix(80)); only names of "
            + ".safetensors files beside the index are read")
      }
      shards.insert(file)
    }
    var files: [SafetensorsReader] = []
    var places: [String: Int] = [:]
    for shard in shards.sorted() {
      let file = try SafetensorsReader("\(directory)/\(shard)")
      for name in file.tensors.keys {
        guard map[name]?.string == shard else {
          throw ModelError(
            "\(file.path) has a tensor '\(name.prefix(80))' that \(indexName) does not place there")
        }
        places[name] = files.count
      }
      files.append(file)
    }
    if let absent = map.keys.filter({ places[$0] == nil }).min() {
      throw ModelError("\(index): tensor '\(absent.prefix(80))' is not in the file that it names")
    }
    return (files, places)
  }

  /// Whether a name is that of a file in the same directory, whatever reads it.
  private static func isPlainName(_ name: String) -> Bool {
    name.hasSuffix(".safetensors") && name.utf8.count <= 255 && !name.hasPrefix(".")
      && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") || $0 < 0x20 }
  }
}
