import Files

/// Reads `$steps.fetch.files/peaks.bed`, `$params.k` and text with `${params.k}` in it.
///
/// `$$` is a dollar sign. There is no other syntax and no evaluation: a reference names a thing.
struct ReferenceParser {
  /// What text can turn out to be.
  enum Text: Equatable {
    case literal(String)
    case template(Template)
    case value(Reference)
    case input(String, subpath: Template?)
    case step(id: String, output: String, subpath: Template?)
  }

  /// Why text is no reference, in words.
  struct Mistake: Error {
    let message: String
    let fix: String?
  }

  static let spaces = ["steps", "inputs", "params", "each", "env"]

  static func parse(_ text: String) throws(Mistake) -> Text {
    guard text.contains("$") else { return .literal(text) }
    if text.hasPrefix("$"), !text.hasPrefix("$$"), !text.hasPrefix("${") {
      return try wholeReference(text.dropFirst())
    }
    let template = try template(text)
    return template.references.isEmpty ? .literal(template.text { _ in nil }) : .template(template)
  }

  private static func wholeReference(_ text: Substring) throws(Mistake) -> Text {
    let slash = text.firstIndex(of: "/") ?? text.endIndex
    let names = text[..<slash].split(separator: ".", omittingEmptySubsequences: false)
      .map(String.init)
    var subpath: Template?
    if slash < text.endIndex {
      let rest = String(text[text.index(after: slash)...])
      let components = rest.split(separator: "/", omittingEmptySubsequences: false)
      if components.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) {
        throw Mistake(
          message: "'$\(text)' does not stay inside what it names",
          fix: "a path after a reference has no '.', '..' or empty part")
      }
      subpath = try template(rest)
    }
    switch (names.first, names.count, subpath) {
    case ("steps", 3, _): return .step(id: names[1], output: names[2], subpath: subpath)
    case ("inputs", 2, _): return .input(names[1], subpath: subpath)
    case ("params", _, nil), ("each", _, nil), ("env", _, nil):
      if let reference = Reference(names: names) { return .value(reference) }
      throw mistake("$\(text)", space: names[0])
    default: throw mistake("$\(text)", space: names.first ?? "")
    }
  }

  /// Text with `${params.x}`, `${each.x}`, `${each.x.column}` and `${env.X}`.
  static func template(_ text: String) throws(Mistake) -> Template {
    var parts: [Template.Part] = []
    var literal = ""
    var rest = Substring(text)
    while let dollar = rest.firstIndex(of: "$") {
      literal += rest[..<dollar]
      rest = rest[rest.index(after: dollar)...]
      if rest.hasPrefix("$") {
        literal += "$"
        rest = rest.dropFirst()
        continue
      }
      guard rest.hasPrefix("{"), let close = rest.firstIndex(of: "}") else {
        throw Mistake(
          message: "a '$' in '\(text)' starts no reference",
          fix: "write ${params.NAME} inside text, or $$ for a dollar sign")
      }
      let inner = rest[rest.index(after: rest.startIndex)..<close]
      let names = inner.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      guard let reference = Reference(names: names) else {
        throw mistake("${\(inner)}", space: names.first ?? "")
      }
      parts += [.text(literal), .reference(reference)]
      literal = ""
      rest = rest[rest.index(after: close)...]
    }
    parts.append(.text(literal + rest))
    return Template(parts: parts.filter { $0 != .text("") })
  }

  private static func mistake(_ text: String, space: String) -> Mistake {
    let forms = "$steps.STEP.OUTPUT, $inputs.NAME, $params.NAME, $each.NAME or $env.NAME"
    let near = spaces.contains(space) ? nil : Suggestion.nearest(to: space, among: spaces)
    return Mistake(
      message: "'\(text)' is no reference",
      fix: near.map { "did you mean '$\($0).…'?" } ?? "a reference is \(forms)")
  }
}
