import Files

/// What a worker tells its supervisor, one JSON object a line.
public enum StepEvent: Equatable, Sendable {
  case log(level: Int, message: String)
  case progress(done: Double, total: Double, unit: String, note: String?)
  case metric(name: String, value: Double, at: Int)
  case record(key: String, value: JSON)
  /// The last: the status that the plugin returned, and why where it is not 0.
  case end(status: Int, message: String)

  var line: String {
    let json: JSON =
      switch self {
      case .log(let level, let message):
        ["event": "log", "level": .integer(level), "message": .string(message)]
      case .progress(let done, let total, let unit, let note):
        [
          "event": "progress", "done": .number(done), "total": .number(total),
          "unit": .string(unit), "note": note.map { .string($0) } ?? .null,
        ]
      case .metric(let name, let value, let at):
        ["event": "metric", "name": .string(name), "value": .number(value), "at": .integer(at)]
      case .record(let key, let value):
        ["event": "record", "key": .string(key), "value": value]
      case .end(let status, let message):
        ["event": "end", "status": .integer(status), "message": .string(message)]
      }
    return json.text + "\n"
  }

  /// The event of a line; nil for a line that is none.
  init?(line: some StringProtocol) {
    guard let json = try? JSON(parsing: String(line)) else { return nil }
    switch json["event"]?.string {
    case "log":
      self = .log(level: json["level"]?.integer ?? 1, message: json["message"]?.string ?? "")
    case "progress":
      self = .progress(
        done: json["done"]?.number ?? 0, total: json["total"]?.number ?? 0,
        unit: json["unit"]?.string ?? "", note: json["note"]?.string)
    case "metric":
      // NaN and infinities travel as null, and a loss that is none is what its reader must see.
      guard let name = json["name"]?.string else { return nil }
      let value = json["value"]?.number ?? .nan
      self = .metric(name: name, value: value, at: json["at"]?.integer ?? 0)
    case "record":
      guard let key = json["key"]?.string else { return nil }
      self = .record(key: key, value: json["value"] ?? .null)
    case "end":
      self = .end(status: json["status"]?.integer ?? 3, message: json["message"]?.string ?? "")
    default: return nil
    }
  }
}
