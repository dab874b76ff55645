import Files
import FlowCore

/// What a crate is about, each thing with its place and its identifier in it: the files and directories, the tools,
/// and the parameters of both. Made in one pass over the run; the text of the crate is written in a second.
struct CrateIndex {
  /// A file or directory.
  struct Item {
    var id: String
    var kind: Manifest.FileType
    var sha256: String
    var bytes: Int
    var name: String
    /// Whether it lies in the crate, rather than being only told of.
    var isCopied: Bool
    /// Whether it lies in another item, a directory, which tells of it.
    var isPart: Bool
    var isSource: Bool
    var isPublished: Bool
    /// The formal parameters whose values it is.
    var parameters: [Int] = []
  }

  /// A plugin's operation, or a script of the workflow.
  struct Tool {
    var id: String
    var name: String
    var plugin: PluginRecord?
    var script: String?
    var inputs: [String: Int] = [:]
    var outputs: [String: Int] = [:]
    var parameters: [String: Int] = [:]
    var hasRun = false
  }

  struct FormalParameter {
    var id: String
    var name: String
    /// As Bioschemas names types: File, Dataset, Integer, Float, Text, Boolean.
    var type: String
    var declared: Manifest.Parameter?
    /// What it was in this run, for those of the workflow.
    var examples: [String] = []
  }

  var items: [DataItem: Item] = [:]
  /// The items in the order in which the run met them.
  var order: [DataItem] = []
  /// The identifiers of directories in items that are directories.
  var directoriesIn: [DataItem: [String]] = [:]
  var tools: [Tool] = []
  var parameters: [FormalParameter] = []
  var workflowInputs: [String: Int] = [:]
  var workflowParameters: [String: Int] = [:]
  var workflowOutputs: [String: Int] = [:]
  /// The tool of each step of the workflow file, and those steps in the file's order.
  var toolOfStep: [String: Int] = [:]
  var workflowSteps: [String] = []
  private var toolIndices: [String: Int] = [:]

  // MARK: Items

  mutating func add(_ item: Item, for data: DataItem) {
    if items.updateValue(item, forKey: data) == nil { order.append(data) }
  }

  /// Notes that an item was a value of a formal parameter.
  mutating func note(_ data: DataItem, for parameter: Int) {
    guard let item = items[data], !item.parameters.contains(parameter) else { return }
    items[data]?.parameters.append(parameter)
  }

  /// The identifier of what lies at `path` in a directory.
  static func part(_ path: String, kind: Manifest.FileType, of directory: Item) -> String {
    let slash = directory.id.hasSuffix("/") ? "" : "/"
    return directory.id + slash + URI.path(path) + (kind == .directory ? "/" : "")
  }

  // MARK: Tools and parameters

  /// The tool of a step, entered where it is new.
  mutating func tool(of step: StepRecord, script: String?) -> Int {
    let key: String
    var tool: Tool
    if let plugin = step.plugin {
      key = "\(step.operation) \(plugin.version) \(plugin.sha256)"
      let id = "#tool/\(URI.path(step.operation))/\(plugin.sha256.prefix(12))"
      tool = Tool(id: id, name: step.operation, plugin: plugin)
    } else {
      let hash = script.map { StreamingHash.sha256(of: $0) } ?? ""
      key = "\(step.step) \(hash)"
      let id = "#tool/\(URI.segment(step.step))/\(hash.prefix(12))"
      tool = Tool(id: id, name: step.step, script: script ?? "")
    }
    let index: Int
    if let known = toolIndices[key] {
      index = known
    } else {
      index = tools.count
      tools.append(tool)
      toolIndices[key] = index
    }
    if toolOfStep.updateValue(index, forKey: step.step) == nil { workflowSteps.append(step.step) }
    return index
  }

  /// The formal parameter `name` of a tool, entered where it is new.
  mutating func parameter(
    _ name: String, _ list: WritableKeyPath<Tool, [String: Int]>, of tool: Int, type: String
  ) -> Int {
    if let known = tools[tool][keyPath: list][name] { return known }
    let role =
      switch list {
      case \.inputs: "input"
      case \.outputs: "output"
      default: "parameter"
      }
    let index = addParameter(
      FormalParameter(
        id: "\(tools[tool].id)/\(role)/\(URI.segment(name))", name: name, type: type))
    tools[tool][keyPath: list][name] = index
    return index
  }

  mutating func addParameter(_ parameter: FormalParameter) -> Int {
    parameters.append(parameter)
    return parameters.count - 1
  }

  /// The type of files and directories, in Bioschemas' words.
  static func type(_ kind: Manifest.FileType) -> String { kind == .file ? "File" : "Dataset" }

  /// The type of a value, in Bioschemas' words.
  static func type(of value: JSON) -> String {
    switch value {
    case .boolean: "Boolean"
    case .integer: "Integer"
    case .number: "Float"
    default: "Text"
    }
  }

  static func type(of parameter: Manifest.Parameter) -> String {
    switch parameter.type {
    case .boolean: "Boolean"
    case .integer: "Integer"
    case .number: "Float"
    default: "Text"
    }
  }
}
