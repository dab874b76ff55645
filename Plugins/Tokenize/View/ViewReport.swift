import Files
import Genome

/// A view as text that other tools read (FASTA, BED, bedGraph; all else in comments), and as JSON.
struct ViewReport {
  let name: String
  let file: any ViewedFile
  let views: [RegionView]
  let request: ViewRequest

  /// Without regions, a table of the chromosomes.
  var text: String {
    var text = "# \(file.format) \(name)\n"
    for fact in file.facts {
      let value = fact.value.string ?? fact.value.text
      text += "# \(fact.name): \(value.split(separator: "\n").joined(separator: "\n#   "))\n"
    }
    if views.isEmpty {
      text += "# chromosome, bases\n"
      for chromosome in file.chromosomes.prefix(request.limit) {
        text += "\(chromosome.name)\t\(chromosome.length)\n"
      }
      text += more(file.chromosomes.count - request.limit)
    }
    for view in views { append(view, to: &text) }
    return text
  }

  private func append(_ view: RegionView, to text: inout String) {
    let title = "\(view.chromosome):\(view.interval.start + 1)-\(view.interval.end)"
    switch view.content {
    case .bases(let letters):
      text += ">\(title)\n"
      for start in stride(from: 0, to: letters.count, by: 60) {
        text += String(decoding: letters[start..<min(start + 60, letters.count)], as: UTF8.self)
        text += "\n"
      }
    case .rows(let rows, let count):
      text += "# \(title)\n"
      for row in rows {
        text += "\(view.chromosome)\t\(row.interval.start)\t\(row.interval.end)"
        if let value = row.value { text += "\t\(ViewReport.short(value))" }
        for column in row.columns { text += "\t\(column)" }
        text += "\n"
      }
      text += more(count)
    }
  }

  private func more(_ count: Int) -> String {
    count > 0 ? "# \(count) more; limit=0 shows all\n" : ""
  }

  /// A number without a needless ".0".
  private static func short(_ value: Double) -> String {
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// Rows are `[start, end, value]` or `[start, end, column, …]`, 0-based and half-open.
  var json: JSON {
    let chromosomes = file.chromosomes.prefix(request.limit).map { chromosome -> JSON in
      ["name": .string(chromosome.name), "length": .integer(chromosome.length)]
    }
    let facts = Dictionary(file.facts.map { ($0.name, $0.value) }) { first, _ in first }
    return [
      "file": .string(name), "format": .string(file.format), "facts": .object(facts),
      "chromosomes": .array(chromosomes),
      "more": .integer(max(0, file.chromosomes.count - request.limit)),
      "regions": .array(views.map(json)),
    ]
  }

  private func json(_ view: RegionView) -> JSON {
    var object: [String: JSON] = [
      "chromosome": .string(view.chromosome), "start": .integer(view.interval.start),
      "end": .integer(view.interval.end),
    ]
    switch view.content {
    case .bases(let letters): object["bases"] = .string(String(decoding: letters, as: UTF8.self))
    case .rows(let rows, let more):
      object["more"] = .integer(more)
      object["rows"] = .array(
        rows.map { row in
          let place: [JSON] = [.integer(row.interval.start), .integer(row.interval.end)]
          let value: [JSON] = row.value.map { [.number($0)] } ?? []
          return .array(place + value + row.columns.map(JSON.string))
        })
    }
    return .object(object)
  }
}
