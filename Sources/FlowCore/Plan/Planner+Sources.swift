import Files
import Glibc

// What stands behind the sources of inputs: files, and outputs of tasks.
extension Planner {
  /// More sources than this in all tasks together are a mistake: they would fill the memory.
  static let sourceLimit = 1_000_000

  /// The tasks or the file behind a source. Axes that both steps have are matched; over the others the
  /// source gathers: `$steps.binding.model` in a step without axes is the list of all instances' models.
  ///
  /// - Parameter wanted: the type that the input takes; nil where any will do.
  mutating func resolve(
    _ source: Source, axes: [String: JSON], wanted: Manifest.FileType? = nil
  ) -> [Plan.PlannedSource] {
    let subpath = source.subpath?.text { value(of: $0, axes: axes) }
    if let subpath, subpath.split(separator: "/").contains("..") {
      report("'\(subpath)' does not stay inside what it names", at: source.mark)
      return []
    }
    switch source.origin {
    case .path(let template):
      let text = template.text { value(of: $0, axes: axes) }
      let path = Path.resolve(text, from: Path.parent(workflow.file))
      checkFile(path, wanted, at: source.mark)
      return [.path(path)]
    case .input(let name):
      var path = inputPaths[name] ?? name
      if let subpath { path += "/\(subpath)" }
      checkFile(path, wanted, at: source.mark)
      return [.path(path)]
    case .step(let id, let output):
      let matching = instances(of: id, matching: axes)
      if matching.isEmpty {
        report(
          "no instance of step '\(id)' has the same 'foreach' values as this one", at: source.mark)
      }
      sources += matching.count
      guard sources <= Self.sourceLimit else {
        report(
          "the inputs of all tasks together name more than 1,000,000 files", at: source.mark,
          fix: "run this step over the same 'foreach' axes as '\(id)'")
        return []
      }
      return matching.map { .output(task: $0, name: output, subpath: subpath) }
    }
  }

  /// The positions of the tasks of a step that have the values of `axes` in those that both have.
  ///
  /// Found in an index, since a search through all for each would be quadratic.
  private mutating func instances(of id: String, matching axes: [String: JSON]) -> [Int] {
    let all = instances[id, default: []]
    guard let first = all.first else { return [] }
    let shared = tasks[first].axes.map(\.name).filter { axes[$0] != nil }
    if shared.isEmpty { return all }
    let name = InstanceIndex(step: id, axes: shared)
    if indices[name] == nil {
      var index: [String: [Int]] = [:]
      for position in all {
        let values = Dictionary(tasks[position].axes.map { ($0.name, $0.value) }) { one, _ in one }
        index[key(of: shared, in: values), default: []].append(position)
      }
      indices[name] = index
    }
    return indices[name]?[key(of: shared, in: axes)] ?? []
  }

  private func key(of names: [String], in axes: [String: JSON]) -> String {
    JSON.array(names.map { axes[$0] ?? .null }).text
  }

  /// Reports a file that is not there, or is a directory where a file is wanted, or the reverse.
  mutating func checkFile(_ path: String, _ wanted: Manifest.FileType?, at mark: Mark) {
    guard let isDirectory = isDirectory(path) else {
      report(
        "there is no file \(path)", at: mark,
        fix: "a path is taken from the workflow's directory; an output is $steps.STEP.OUTPUT")
      return
    }
    switch wanted {
    case .file where isDirectory:
      report("a file is wanted here, and \(path) is a directory", at: mark)
    case .directory where !isDirectory:
      report("a directory is wanted here, and \(path) is a file", at: mark)
    default: break
    }
  }

  /// nil where nothing is there. Asked once for each path: a thousand tasks may read the same file.
  private mutating func isDirectory(_ path: String) -> Bool? {
    if let known = directories[path] { return known }
    var status = stat()
    let answer: Bool? = stat(path, &status) == 0 ? status.st_mode & S_IFMT == S_IFDIR : nil
    directories[path] = .some(answer)
    return answer
  }
}
