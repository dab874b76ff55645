import Files

/// Reads `profiles:`, and a user's own file of them.
enum ProfileParser {
  static func profile(_ entry: YAMLNode.Entry, _ outer: inout NodeReader) -> Profile {
    var reader = NodeReader(
      entry.value, file: outer.file, subject: "profile '\(entry.key)'",
      form: WorkflowForms.profile)
    if !ManifestParser.isName(entry.key) {
      reader.report(
        "the profile's name '\(entry.key)' must be letters, digits, '_' and '-'",
        at: entry.keyMark)
    }
    var profile = Profile(name: entry.key, mark: entry.keyMark, file: outer.file)
    profile.parameters = reader.mapping("params").map { given($0, outer.file) }
    for input in reader.mapping("inputs") {
      guard case .scalar(let path, _) = input.value.value, !path.isEmpty else {
        reader.report("input '\(input.key)' must be a path", at: input.value.mark)
        continue
      }
      profile.inputs.append(given(input, outer.file))
    }
    profile.policy = PolicyParser.policy(&reader)
    for step in reader.mapping("steps") {
      var inner = NodeReader(
        step.value, file: outer.file, subject: "step '\(step.key)' of profile '\(entry.key)'",
        form: WorkflowForms.policy)
      profile.steps.append(
        Profile.StepSettings(
          id: step.key, mark: step.keyMark, policy: PolicyParser.policy(&inner)))
      reader.take(inner.finish())
    }
    outer.take(reader.finish())
    return profile
  }

  private static func given(_ entry: YAMLNode.Entry, _ file: String) -> GivenValue {
    GivenValue(name: entry.key, nameMark: entry.keyMark, node: entry.value, file: file)
  }
}

/// A user's own profiles, for all workflows: a file with `profiles:` and nothing else, so that nothing in it
/// takes effect without being asked for.
public enum Configuration {
  static let form = Form(
    name: "configuration", fields: WorkflowForms.workflow.fields.filter { $0.name == "profiles" })

  /// Where a user's own profiles stand unless said otherwise; nil where there is no such file.
  public static var standardFile: String? {
    let base = environment("XDG_CONFIG_HOME") ?? environment("HOME").map { "\($0)/.config" }
    guard let path = base.map({ "\($0)/flow/config.yaml" }), Path.exists(path) else { return nil }
    return path
  }

  /// - Throws: `Diagnostics`; `FileError` where the file cannot be read.
  public static func profiles(file: String) throws -> [Profile] {
    let root = try oneProblem { try YAMLParser.parse(file: file) }
    var reader = NodeReader(root, file: file, subject: "the configuration", form: form)
    let profiles = reader.mapping("profiles").map { ProfileParser.profile($0, &reader) }
    let problems = reader.finish()
    if !problems.isEmpty { throw Diagnostics(problems) }
    return profiles
  }
}

/// A file of values for parameters: `--params-file`, YAML or, by its name, JSON.
public enum ParametersFile {
  /// - Throws: `Diagnostics`; `FileError` where the file cannot be read.
  public static func values(file: String) throws -> [GivenValue] {
    let root = try oneProblem {
      // Not as YAML, to which a text with control characters is no text.
      file.hasSuffix(".json")
        ? try YAMLNode.json(file: file)
        : try YAMLParser.parse(file: file)
    }
    guard case .mapping(let entries) = root.value else {
      throw Diagnostics([
        Diagnostic(
          "a file of parameters is a mapping, not \(root.kind)", file: file, at: root.mark,
          fix: "write 'name: value' lines")
      ])
    }
    return entries.map {
      GivenValue(name: $0.key, nameMark: $0.keyMark, node: $0.value, file: file)
    }
  }
}

/// A single mistake in the form of all others.
func oneProblem<Result>(_ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let problem as Diagnostic {
    throw Diagnostics([problem])
  }
}
