import Files
import FlowCore

/// What a run has to show as sections of a MultiQC report: `*_mqc.json` files of custom content
/// (https://docs.seqera.io/multiqc/custom_content). One has the run's steps; each table and chart that a step recorded
/// has its own.
public struct MultiQCSections {
  private let history: RunHistory

  public init(_ history: RunHistory) { self.history = history }

  /// Writes the files into a directory, which may be there already.
  ///
  /// - Returns: their names.
  /// - Throws: `FileError`, `SQLiteError`.
  public func write(to directory: String) throws -> [String] {
    try Path.createDirectory(directory)
    var names: [String] = []
    func put(_ name: String, _ section: JSON) throws {
      let file = "flow_\(name)_mqc.json"
      try WholeFile.write(section.text + "\n", to: "\(directory)/\(file)")
      names.append(file)
    }
    try writeSteps(to: "\(directory)/flow_steps_mqc.json")
    names.append("flow_steps_mqc.json")
    var taken: Set<String> = ["steps"]
    for step in history.steps {
      for (key, value) in try history.ledger.records(ofStep: history.maker(of: step)) {
        let section: JSON?
        if key.hasPrefix("table:") {
          section = table(value, of: step, name: String(key.dropFirst("table:".count)))
        } else if key.hasPrefix("chart:") {
          section = chart(value, of: step, name: String(key.dropFirst("chart:".count)))
        } else {
          continue
        }
        guard var members = section?.object else { continue }
        let stem = CrateNames.directory(forStep: "\(step.name)_\(key)").lowercased()
        var id = stem
        var number = 1
        while !taken.insert(id).inserted {
          number += 1
          id = "\(stem)_\(number)"
        }
        members["id"] = .string("flow_\(id)")
        try put(id, .object(members))
      }
    }
    return names
  }

  /// MultiQC takes what it shows as HTML: names of steps and cells of tables must not be any.
  static func text(_ text: String) -> JSON {
    .string(
      Visible.cell(text).replacing("&", with: "&amp;").replacing("<", with: "&lt;")
        .replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
        .replacing("'", with: "&#39;"))
  }

  // MARK: Steps

  private func writeSteps(to path: String) throws {
    let head: JSON = [
      "id": "flow_steps", "section_name": Self.text("Steps of \(history.run.workflow)"),
      "description": Self.text(
        "Run \(history.run.id): \(history.run.status.rawValue), begun \(Instant.trace(history.run.started)) UTC."
      ),
      "plot_type": "table",
      "pconfig": ["id": "flow_steps_table", "title": "flow: steps", "col1_header": "Step"],
      "headers": [
        "status": ["title": "Status", "scale": false],
        "seconds": ["title": "Time", "suffix": " s", "format": "{:,.1f}", "min": 0],
        "processor": ["title": "Processor", "suffix": " s", "format": "{:,.1f}", "min": 0],
        "memory": ["title": "Memory", "suffix": " MB", "format": "{:,.1f}", "min": 0],
        "attempts": ["title": "Attempts", "format": "{:,.0f}", "min": 0, "hidden": true],
      ],
    ]
    let file = try TextFile(path)
    try file.write("\(head.text.dropLast()),\"data\":{")
    for (position, step) in history.steps.enumerated() {
      let attempts = try history.ledger.attempts(ofStep: history.maker(of: step))
      var row: [String: JSON] = [
        "status": .string(step.status.rawValue), "attempts": .integer(attempts.count),
      ]
      if let last = attempts.last {
        row["seconds"] = last.ended.map { .number($0 - last.started) }
        row["processor"] = last.userSeconds.map { .number($0 + (last.systemSeconds ?? 0)) }
        row["memory"] = last.peakMemory.map { .number(Double($0) / 1e6) }
      }
      let name = Self.text(step.name).text
      try file.write("\(position == 0 ? "\n" : ",\n")\(name):\(JSON.object(row).text)")
    }
    try file.write("\n}}\n")
    try file.finish()
  }

  // MARK: What steps recorded

  private func section(_ title: String, _ step: StepRecord) -> [String: JSON] {
    [
      "section_name": Self.text(title.isEmpty ? step.name : title),
      "description": Self.text("Recorded by the step \(step.name), \(step.operation)."),
    ]
  }

  private func table(_ value: JSON, of step: StepRecord, name: String) -> JSON? {
    guard let table = JSONTable(value), !table.rows.isEmpty else { return nil }
    let title = table.title.isEmpty ? name : table.title
    // The first column names the rows, where it tells them apart.
    let labels = table.rows.map { JSONTable.text($0[0]) }
    let isLabelled = table.columns.count > 1 && Set(labels).count == labels.count
    var headers: [String: JSON] = [:]
    for (position, column) in table.columns.enumerated() where !(isLabelled && position == 0) {
      headers["column\(position)"] = ["title": Self.text(column), "scale": false]
    }
    var data: [String: JSON] = [:]
    for (position, row) in table.rows.enumerated() {
      var cells: [String: JSON] = [:]
      for (column, cell) in row.enumerated() where !(isLabelled && column == 0) {
        switch cell {
        case .null: break
        case .integer, .number: cells["column\(column)"] = cell
        default: cells["column\(column)"] = Self.text(JSONTable.text(cell))
        }
      }
      let label = isLabelled ? Self.text(labels[position]).string ?? "" : "\(position + 1)"
      data[label] = .object(cells)
    }
    var members = section(title, step)
    members["plot_type"] = "table"
    members["pconfig"] = [
      "id": .string("flow_table_\(step.id)_\(CrateNames.directory(forStep: name))"),
      "title": .string("flow: \(Self.text(title).string ?? "")"),
      "col1_header": Self.text(isLabelled ? table.columns[0] : "Row"),
    ]
    members["headers"] = .object(headers)
    members["data"] = .object(data)
    return .object(members)
  }

  private func chart(_ value: JSON, of step: StepRecord, name: String) -> JSON? {
    guard let series = value["series"]?.array else { return nil }
    let title = value["title"]?.string ?? name
    var data: [String: JSON] = [:]
    for (position, line) in series.enumerated() {
      let points = (line["points"]?.array ?? []).filter { point in
        guard let pair = point.array, pair.count == 2 else { return false }
        return pair.allSatisfy { $0.number != nil }
      }
      guard !points.isEmpty else { continue }
      let own = line["name"]?.string ?? ""
      var label = Self.text(own.isEmpty ? step.name : own).string ?? ""
      if data[label] != nil { label += " \(position + 1)" }
      data[label] = .array(points)
    }
    guard !data.isEmpty else { return nil }
    var members = section(title, step)
    members["plot_type"] = "linegraph"
    members["pconfig"] = [
      "id": .string("flow_chart_\(step.id)_\(CrateNames.directory(forStep: name))"),
      "title": .string("flow: \(Self.text(title).string ?? "")"),
      "xlab": Self.text(value["x"]?.string ?? "x"), "ylab": Self.text(value["y"]?.string ?? "y"),
    ]
    members["data"] = .object(data)
    return .object(members)
  }
}
