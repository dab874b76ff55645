import Files

/// What a result is made of, as it stands beside the outputs: `outputs.json`, each output's path and content.
///
/// The ledger says the same and is asked first. This is for when it cannot: an engine killed before it had entered a
/// result, a database that was damaged or deleted. Written last; whoever reads it checks the contents, so that a half
/// written one, or one of other outputs, is no more than none.
struct ResultRecord: Equatable {
  struct Output: Equatable {
    var name: String
    /// From the directory of outputs on.
    var path: String
    var sha256: String
  }

  var outputs: [Output]

  private static let name = "outputs.json"
  private static let format = 1

  /// - Parameter directory: that of the step's key.
  func write(to directory: String) throws(FileError) {
    let entries = outputs.map { output -> (String, JSON) in
      (output.name, ["path": .string(output.path), "sha256": .string(output.sha256)])
    }
    let json: JSON = [
      "flow-result": .integer(Self.format),
      "outputs": .object(Dictionary(entries) { first, _ in first }),
      "digest": .string(digest),
    ]
    // Not written aside and renamed: readers take nothing on trust, and a name less is a tenth of a small step's cost.
    try FileHandle.create("\(directory)/\(Self.name)").write(json.text + "\n")
  }

  /// The record in a step's directory; nil where there is none that can be read.
  init?(in directory: String) {
    guard let text = try? Path.readRegularText("\(directory)/\(Self.name)", limit: 1 << 20),
      let json = try? JSON(parsing: text), json["flow-result"]?.integer == Self.format,
      let entries = json["outputs"]?.object
    else { return nil }
    outputs = []
    for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
      guard let path = entry["path"]?.string, let sha256 = entry["sha256"]?.string,
        // As in manifests: a bare name inside the directory.
        !path.isEmpty, path != ".", path != "..", !path.contains("/")
      else { return nil }
      outputs.append(Output(name: name, path: path, sha256: sha256))
    }
    // An older flow wrote none.
    if let known = json["digest"], known.string != digest { return nil }
  }

  /// Without one, an optional output that is missing here would look like one that was not made.
  private var digest: String { Ledger.digest(of: outputs.map { ($0.name, $0.path, $0.sha256) }) }

  init(_ outputs: [Output]) { self.outputs = outputs }

  static func remove(from directory: String) throws(FileError) {
    try Path.remove("\(directory)/\(name)")
  }
}
