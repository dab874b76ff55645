import ArgumentParser
import Files
import FlowCore

/// A workflow with a user's settings, as every command that plans one takes it.
struct PlanOptions: ParsableArguments {
  @Argument(help: "The workflow file.")
  var workflow: String

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Set a parameter of the workflow; may stand several times.", valueName: "name=value"))
  var settings: [String] = []

  @Option(
    name: .customLong("input"),
    help: ArgumentHelp(
      "Replace an input of the workflow; may stand several times.", valueName: "name=path"))
  var inputs: [String] = []

  @Option(help: ArgumentHelp("A YAML or JSON file of parameters.", valueName: "file"))
  var paramsFile: String?

  @Option(
    help: ArgumentHelp(
      "Profiles of the workflow or of your own file, from left to right.", valueName: "a,b"))
  var profile: String?

  @Option(
    help: ArgumentHelp(
      "A file of your own profiles (default: ~/.config/flow/config.yaml).", valueName: "file"))
  var config: String?

  @OptionGroup var plugins: PluginOptions

  /// - Throws: `Diagnostics` with every mistake in the workflow, `Diagnostic` for one in the settings.
  func plan() throws -> Plan {
    var planner = Planner.Settings()
    for text in settings {
      let (name, value) = try split(text, "set")
      if planner.parameters.updateValue(value, forKey: name) != nil {
        throw Diagnostic("--set \(name)=… is given twice")
      }
    }
    for text in inputs {
      let (name, path) = try split(text, "input")
      if planner.inputs.updateValue(path, forKey: name) != nil {
        throw Diagnostic("--input \(name)=… is given twice")
      }
    }
    if let paramsFile { planner.givenParameters = try ParametersFile.values(file: paramsFile) }
    if let profile {
      planner.profiles = profile.split(separator: ",").map(String.init)
      // Read only where a profile is asked for: nothing in it takes effect otherwise.
      if let file = config ?? Configuration.standardFile {
        planner.ownProfiles = try Configuration.profiles(file: file)
      }
    } else if config != nil {
      throw Diagnostic("--config names profiles, and none is chosen", fix: "add --profile NAME")
    }
    return try Planner.plan(
      file: workflow, registry: plugins.registry(project: Path.parent(workflow)),
      settings: planner)
  }

  private func split(_ text: String, _ option: String) throws(Diagnostic) -> (String, String) {
    guard let equals = text.firstIndex(of: "=") else {
      throw Diagnostic("--\(option) '\(text)' has no '='", fix: "write --\(option) NAME=VALUE")
    }
    return (String(text[..<equals]), String(text[text.index(after: equals)...]))
  }
}
