import Files

// How runs and steps are named on the command line.
extension Ledger {
  /// The run whose id is `id` or begins with it; "latest" is the newest, "latest~1" the one before.
  ///
  /// - Throws: `Diagnostic` where there is none or more than one.
  public func run(_ id: String) throws -> RunRecord {
    let all = try runs()
    if let back = Self.back(id) {
      guard back < all.count else {
        throw Diagnostic(
          "there is no run '\(id)': the history has \(all.count)",
          fix: "`flow log` lists the runs")
      }
      return all[back]
    }
    let found = all.filter { $0.id == id || $0.id.hasPrefix(id) || $0.id.hasSuffix("-\(id)") }
    if let exact = found.first(where: { $0.id == id }) { return exact }
    guard let first = found.first else {
      throw Diagnostic("there is no run '\(id)'", fix: "`flow log` lists the runs")
    }
    guard found.count == 1 else {
      throw Diagnostic(
        "'\(id)' could be any of \(found.map(\.id).joined(separator: ", "))",
        fix: "write more of the id")
    }
    return first
  }

  /// How many runs before the newest "latest~2" means; nil for an id.
  private static func back(_ id: String) -> Int? {
    if id == "latest" { return 0 }
    guard id.hasPrefix("latest~") else { return nil }
    return Int(id.dropFirst("latest~".count)).flatMap { $0 >= 0 ? $0 : nil }
  }

  /// The step of a run with this name.
  ///
  /// - Throws: `Diagnostic` where there is none, with the nearest name.
  public func step(named name: String, ofRun id: String) throws -> StepRecord {
    let steps = try steps(ofRun: id)
    if let step = steps.first(where: { $0.name == name }) { return step }
    let near = Suggestion.nearest(to: name, among: steps.map(\.name))
    let instances = steps.filter { $0.step == name }.prefix(3).map(\.name)
    throw Diagnostic(
      "run \(id) has no step '\(name)'",
      fix: instances.isEmpty
        ? near.map { "did you mean '\($0)'?" } ?? "`flow log \(id)` lists them"
        : "name one of its tasks: \(instances.joined(separator: ", "))\(instances.count == 3 ? ", …" : "")"
    )
  }
}
