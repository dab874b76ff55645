import Files
import FlowCore

/// Where everything came from: the run's parameters and inputs, the plugins, the workflow's text, what was published.
enum Provenance {
  private static let rowLimit = 300

  static func html(_ contents: RunContents) -> HTML {
    let body =
      parameters(contents) + inputs(contents) + published(contents) + plugins(contents)
      + source(contents)
    return Elements.section("provenance", "Provenance", body)
  }

  private static func parameters(_ contents: RunContents) -> HTML {
    let parameters = (contents.run.parameters.object ?? [:]).sorted { $0.key < $1.key }
    guard !parameters.isEmpty else { return .empty }
    let rows = parameters.map { name, value -> [HTML] in
      ["<code>\(name)</code>", "<code>\(GraphDrawing.shortened(plain(value), to: 1000))</code>"]
    }
    return "<h3>Parameters of the workflow</h3>\n"
      + Elements.table(["Parameter", "Value"], rows: rows)
  }

  /// What came into the run from outside: inputs of steps that no step of this run made.
  private static func inputs(_ contents: RunContents) -> HTML {
    var made: Set<String> = []
    for step in contents.steps { made.formUnion(step.outputs.map(\.sha256)) }
    var seen: Set<String> = []
    var rows: [[HTML]] = []
    var count = 0
    // An input that lies inside an output (a file of a directory) lies in the state directory.
    for artifact in contents.steps.flatMap(\.inputs)
    where !made.contains(artifact.sha256) && !artifact.path.contains("/outputs/")
      && seen.insert(artifact.path).inserted
    {
      count += 1
      guard rows.count < rowLimit else { continue }
      rows.append([
        "<span class=\"path\">\(artifact.path)</span>", "\(artifact.kind)",
        "\(Quantity.text(bytes: artifact.bytes))", Elements.hash(artifact.sha256),
      ])
    }
    guard !rows.isEmpty else { return .empty }
    return "<h3>Inputs from outside</h3>\n"
      + Elements.table(["Path", "Kind", "Size", "SHA-256"], numeric: [2], rows: rows)
      + more(count - rows.count)
  }

  private static func published(_ contents: RunContents) -> HTML {
    guard !contents.published.isEmpty else { return .empty }
    let rows = contents.published.prefix(rowLimit).map { path, sha256 -> [HTML] in
      ["<span class=\"path\">\(path)</span>", Elements.hash(sha256)]
    }
    return "<h3>Published results</h3>\n"
      + Elements.table(["Path", "SHA-256"], rows: Array(rows))
      + more(contents.publishedCount - rows.count)
  }

  private static func plugins(_ contents: RunContents) -> HTML {
    var seen: Set<String> = []
    let plugins = (contents.steps.compactMap(\.record.plugin) + contents.plugins).filter {
      seen.insert("\($0.name)\u{0}\($0.version)\u{0}\($0.sha256)").inserted
    }
    guard !plugins.isEmpty else { return .empty }
    let rows = plugins.map { plugin -> [HTML] in
      [
        "\(plugin.name)", "\(plugin.version)", "\(plugin.abi)",
        "<span class=\"path\">\(plugin.library)</span>", Elements.hash(plugin.sha256),
      ]
    }
    return "<h3>Plugins</h3>\n"
      + Elements.table(["Plugin", "Version", "ABI", "Library", "SHA-256"], rows: rows)
  }

  private static func source(_ contents: RunContents) -> HTML {
    Elements.folded(
      "The workflow file <span class=\"path\">\(contents.run.file)</span>",
      Elements.verbatim(contents.source, limit: 100_000))
  }

  private static func more(_ count: Int) -> HTML {
    count > 0 ? "<p class=\"note\">and \(count) more</p>\n" : .empty
  }
}
