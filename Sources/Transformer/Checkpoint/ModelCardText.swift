import Files

/// A model card as Markdown behind YAML.
struct ModelCardText {
  let card: ModelCard
  let task: ModelCard.Task
  let configuration: BertConfiguration
  let tokenization: Tokenization?
  /// Of parameters.
  let count: Int

  var markdown: String {
    [
      frontMatter, "# \(plain(card.title))", card.summary, sizes, corpus, training, course, use,
      limits,
    ].filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }

  // MARK: Front matter

  /// YAML, of which JSON's strings and lists are a part: what a name holds cannot break out of it.
  private var frontMatter: String {
    var lines = ["---", "license: unknown", "library_name: transformers"]
    if task == .maskedLanguage { lines.append("pipeline_tag: fill-mask") }
    lines.append(#"tags: ["biology", "dna", "bert", "ebert", "chromatin-states"]"#)
    if !card.results.isEmpty {
      let dataset: JSON = ["name": "its own corpus", "type": "flow-corpus"]
      let results = card.results.map { result -> JSON in
        [
          "task": ["type": .string(task == .maskedLanguage ? "fill-mask" : "text-classification")],
          "dataset": dataset,
          "metrics": [
            [
              "type": .string(result.metric), "name": .string("\(result.name), \(result.data)"),
              "value": .number(result.value),
            ]
          ],
        ]
      }
      let index: JSON = [["name": .string(card.title), "results": .array(results)]]
      lines.append("model-index: \(index.text)")
    }
    return (lines + ["---"]).joined(separator: "\n")
  }

  // MARK: Sections

  private var sizes: String {
    section(
      "Sizes",
      table(
        ["", ""],
        [
          ["parameters", .integer(count)], ["layers", .integer(configuration.layers)],
          ["hidden size", .integer(configuration.hiddenSize)],
          ["attention heads", .integer(configuration.heads)],
          ["feed-forward size", .integer(configuration.intermediateSize)],
          ["tokens", .integer(configuration.vocabularySize)],
          ["chromatin states", .integer(configuration.states)],
          ["longest sequence, in tokens", .integer(configuration.maximumLength)],
        ]))
  }

  private var corpus: String {
    var facts = card.corpus
    if let tokenization {
      facts.append(ModelCard.Fact(name: "Tokens", text: tokenization.words))
    }
    let lines = facts.map { "- \(plain($0.name)): \(plain($0.text))" }
    var text = section("Trained on", lines.joined(separator: "\n"))
    if let states = tokenization?.stateNames {
      let rows = states.enumerated().map { [JSON.integer($0), .string($1)] }
      text += "\n\n" + section("Chromatin states", table(["id", "state"], rows))
    }
    return text
  }

  private var training: String {
    guard !card.parameters.isEmpty else { return "" }
    let rows = card.parameters.sorted { $0.key < $1.key }.map { name, value -> [JSON] in
      [.string(name), .string(value.string ?? value.text)]
    }
    return section("Parameters of the training", table(["parameter", "value"], rows))
  }

  private var course: String {
    card.tables.map { table in
      section(
        table.title,
        self.table(table.columns, table.rows)
          + (table.note.isEmpty ? "" : "\n\n" + table.note))
    }.joined(separator: "\n\n")
  }

  private var limits: String {
    var limits = [
      "Sequences longer than \(configuration.maximumLength) tokens must be cut.",
      "States other than those in the table above have no meaning to the model, nor have cell types' states "
        + "that were found in another way.",
    ]
    if case .kmers(let k, isOverlapping: true) = tokenization?.tokens, k > 1 {
      limits.append(
        "The tokenizer of transformers cannot cut overlapping k-mers: give it k-mers with spaces between."
      )
    }
    limits += card.limits
    limits.append("No licence is stated; who publishes the model sets one.")
    return section("Limits", limits.map { "- \($0)" }.joined(separator: "\n"))
  }

  // MARK: Markdown

  private func section(_ title: String, _ text: String) -> String {
    "## \(plain(title))\n\n\(text)"
  }

  private func table(_ columns: [String], _ rows: [[JSON]]) -> String {
    let head = "| \(columns.map(plain).joined(separator: " | ")) |"
    let line = "|\(String(repeating: "---|", count: columns.count))"
    let body = rows.map { row in
      "| \(row.map { plain($0.string ?? ($0 == .null ? "" : $0.text)) }.joined(separator: " | ")) |"
    }
    return ([head, line] + body).joined(separator: "\n")
  }

  /// Text that Markdown and HTML take as it is; line breaks and control characters become spaces.
  private func plain(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      if scalar.value < 0x20 || scalar.value == 0x7F || scalar.value == 0x2028
        || scalar.value == 0x2029
      {
        out += " "
      } else if "\\`*[]<>|#".unicodeScalars.contains(scalar) {
        out += "\\\(scalar)"
      } else {
        out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}
