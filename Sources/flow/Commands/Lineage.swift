import ArgumentParser
import Files
import FlowCore

struct Lineage: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what made a file, back to the sources.",
    discussion: "The file is found by its content, so a copy or a renamed file is found too.")

  @Argument(help: "A file or directory.")
  var file: String

  @Flag(help: "Print JSON: the steps that made it, the last first, each with what went into it.")
  var json = false

  @OptionGroup var state: StateOptions

  func run() throws {
    try reporting {
      let ledger = try Ledger(reading: state.stateDir)
      let artifact = try Ledger.contentHash(of: file)
      var makers = try ledger.makers(of: artifact.sha256)
      // Of several that made the same, the one whose copy this is.
      if makers.count > 1, let maker = try ledger.publishedMaker(of: artifact.sha256, at: file) {
        makers.removeAll { $0.key == maker.key }
        makers.append(maker)
      }
      guard let maker = makers.last else {
        throw Diagnostic(
          "no step of this history made \(file) (SHA-256 \(artifact.sha256))",
          fix: "it is a source, it was changed since, or it belongs to another --state-dir")
      }
      if json {
        let object: JSON = [
          "file": .string(file), "sha256": .string(artifact.sha256),
          "also_made_by": .array(makers.dropLast().map { .string($0.name) }),
          "steps": try Ancestry(of: maker, in: ledger).json,
        ]
        return Terminal.write(object.prettyText, to: .standardOutput)
      }
      Terminal.line("\(Visible.cell(file))  \(artifact.sha256.prefix(12))")
      if makers.count > 1 {
        let names = makers.dropLast().map(\.name).joined(separator: ", ")
        Terminal.line("  the same content was also made by \(names)")
      }
      var seen: Set<Int> = []
      try show(maker, ledger, indent: 1, &seen)
    }
  }

  /// The step, then what went into it, each further in; a step met before is only named.
  private func show(
    _ step: StepRecord, _ ledger: Ledger, indent: Int, _ seen: inout Set<Int>
  ) throws {
    let space = String(repeating: "  ", count: indent)
    guard seen.insert(step.id).inserted else {
      Terminal.line("\(space)made by \(step.name) (\(step.operation)), see above")
      return
    }
    let plugin = step.plugin.map { ", \($0.name) \($0.version)" } ?? ""
    Terminal.line("\(space)made by \(step.name) (\(step.operation)\(plugin)), run \(step.run)")
    let parameters = try ledger.parameters(ofStep: step.id)
    if !parameters.isEmpty {
      // On one line, a script too, of which the beginning tells which it is.
      let text = parameters.map { parameter in
        let value = Visible.cell(plain(parameter.value))
        return "\(parameter.name)=\(value.count > 160 ? "\(value.prefix(160))…" : value)"
      }.joined(separator: " ")
      Terminal.line("\(space)  with \(text)")
    }
    for input in try ledger.inputs(ofStep: step.id) {
      let hash = input.sha256.prefix(12)
      if let key = input.key, let maker = try ledger.maker(ofKey: key) {
        Terminal.line("\(space)  from \(input.name)  \(hash)")
        try show(maker, ledger, indent: indent + 2, &seen)
      } else {
        Terminal.line("\(space)  from \(input.name)  \(hash)  source: \(Visible.cell(input.path))")
      }
    }
  }
}
