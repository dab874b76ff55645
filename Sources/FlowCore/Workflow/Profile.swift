import Files

/// A named set of settings: `profiles:` of a workflow or of a user's own file, chosen with `--profile`.
public struct Profile: Equatable, Sendable {
  public var name: String
  public var mark: Mark
  /// The file it stands in; paths of `inputs` are taken from its directory.
  public var file: String
  public var parameters: [GivenValue] = []
  public var inputs: [GivenValue] = []
  /// For all steps that say nothing themselves.
  public var policy = StepPolicy()
  /// For single steps, before what they say themselves.
  public var steps: [StepSettings] = []

  public struct StepSettings: Equatable, Sendable {
    public var id: String
    public var mark: Mark
    public var policy: StepPolicy
  }
}

/// A value that a file gives for a parameter or an input, not yet read by the type that it must have.
public struct GivenValue: Equatable, Sendable {
  public var name: String
  public var nameMark: Mark
  public var node: YAMLNode
  public var file: String
}
