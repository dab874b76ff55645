/// What a step runs. A plugin's manifest is large: it is kept once, and a script takes no place for one.
public indirect enum Program: Sendable {
  /// An operation of a plugin, in a worker.
  case plugin(InstalledPlugin)
  /// The workflow's own script.
  case script(ShellScript)

  /// The plugin, where it is one.
  public var plugin: InstalledPlugin? {
    if case .plugin(let plugin) = self { plugin } else { nil }
  }

  /// Whose fault it is, in messages.
  var noun: String {
    switch self {
    case .plugin: "plugin"
    case .script: "script"
    }
  }
}
