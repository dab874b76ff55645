import Files
import Glibc

// What stands behind the sources of inputs: files, and outputs of tasks.
extension Planner {
  /// More sources than this in all tasks together are a mistake: they would fill the memory.
  static let sourceLimit = 1_000_000

  struct Resolved {
    var sources: [Plan.PlannedSource] = []
    /// Whether they are as many as a step has instances, even where that is one.
    var isGathered = false
  }

  /// The tasks or the file behind a source. Axes that both steps have are matched; over the others the
  /// source gathers: `$steps.binding.model` in a step without axes is the list of all instances' models.
  ///
  /// - Parameter wanted: the type that the input takes; nil where any will do.
  mutating func resolve(
    _ source: Source, in scope: Int, axes: [String: AxisValue], wanted: Manifest.FileType? = nil
  ) -> Resolved {
    let subpath = source.subpath?.text { value(of: $0, in: scope, axes: axes) }
    guard isInside(subpath, at: source.mark, in: scope) else { return Resolved() }
    switch source.origin {
    case .path(let template):
      if let made = madeFile(template, at: source.mark, in: scope, axes: axes) { return made }
      let text = template.text { value(of: $0, in: scope, axes: axes) }
      // An empty cell of a table is no file.
      if text.isEmpty { return Resolved() }
      let path = Path.resolve(text, from: scopes[scope].directory)
      checkFile(path, wanted, at: source.mark, in: scope)
      return Resolved(sources: [.path(path)])
    case .input(let name):
      return input(name, subpath, source, in: scope, axes: axes, wanted: wanted)
    case .step(let id, let output):
      return outputs(output, of: id, subpath, source, in: scope, axes: axes)
    }
  }

  mutating func isInside(_ subpath: String?, at mark: Mark, in scope: Int) -> Bool {
    guard let subpath, subpath.split(separator: "/").contains("..") else { return true }
    report("'\(subpath)' does not stay inside what it names", at: mark, in: scope)
    return false
  }

  private mutating func input(
    _ name: String, _ subpath: String?, _ source: Source, in scope: Int,
    axes: [String: AxisValue], wanted: Manifest.FileType?
  ) -> Resolved {
    if let (user, given) = given(name, to: scope) {
      var resolved = Resolved(isGathered: given.isList)
      for source in given.sources {
        let one = resolve(
          source, in: user, axes: axes, wanted: subpath == nil ? wanted : .directory)
        resolved.sources += one.sources
        resolved.isGathered = resolved.isGathered || one.isGathered
      }
      guard let subpath else { return resolved }
      resolved.sources = resolved.sources.map { source in
        switch source {
        case .path(let path): .path("\(path)/\(subpath)")
        case .output(let task, let name, let outer):
          .output(task: task, name: name, subpath: outer.map { "\($0)/\(subpath)" } ?? subpath)
        }
      }
      for case .path(let path) in resolved.sources {
        checkFile(path, wanted, at: source.mark, in: scope)
      }
      return resolved
    }
    guard var path = defaultPath(of: name, in: scope) else { return Resolved() }
    if let subpath { path += "/\(subpath)" }
    checkFile(path, wanted, at: source.mark, in: scope)
    return Resolved(sources: [.path(path)])
  }

  private mutating func outputs(
    _ output: String, of id: String, _ subpath: String?, _ source: Source, in scope: Int,
    axes: [String: AxisValue]
  ) -> Resolved {
    let full = scopes[scope].prefix + id
    if let inner = nested[full] {
      guard let made = self.output(output, of: inner) else { return Resolved() }
      var resolved = resolve(
        Source(origin: made.origin, subpath: nil, mark: source.mark), in: inner, axes: axes)
      resolved.sources = resolved.sources.map { one in
        guard case .output(let task, let name, let outer) = one else { return one }
        let values = Dictionary(tasks[task].axes.map { ($0.name, $0) }) { first, _ in first }
        if made.subpath?.references.isEmpty == false { bind(inner, axes: values) }
        let own = made.subpath?.text { value(of: $0, in: inner, axes: values) }
        let parts = [outer, own, subpath].compactMap { $0 }
        return .output(
          task: task, name: name, subpath: parts.isEmpty ? nil : parts.joined(separator: "/"))
      }
      return resolved
    }
    let (matching, isGathered) = instances(of: full, matching: axes)
    if matching.isEmpty {
      report(
        "no instance of step '\(id)' has the same 'foreach' values as this one", at: source.mark,
        in: scope)
    }
    sources += matching.count
    guard sources <= Self.sourceLimit else {
      report(
        "the inputs of all tasks together name more than 1,000,000 files", at: source.mark,
        in: scope, fix: "run this step over the same 'foreach' axes as '\(id)'")
      return Resolved()
    }
    return Resolved(
      sources: matching.map { .output(task: $0, name: output, subpath: subpath) },
      isGathered: isGathered)
  }

  /// The positions of the tasks of a step that are called as `axes` in those that both have, and whether the step
  /// has others too.
  ///
  /// Found in an index, since a search through all for each would be quadratic.
  private mutating func instances(
    of id: String, matching axes: [String: AxisValue]
  ) -> (positions: [Int], isGathered: Bool) {
    let all = instances[id, default: []]
    guard let first = all.first else { return ([], false) }
    let names = tasks[first].axes.map(\.name)
    let shared = names.filter { axes[$0] != nil }
    let isGathered = shared.count < names.count
    if shared.isEmpty { return (all, isGathered) }
    let name = InstanceIndex(step: id, axes: shared)
    if indices[name] == nil {
      var index: [String: [Int]] = [:]
      for position in all {
        let labels = tasks[position].axes.filter { axes[$0.name] != nil }.map(\.label)
        index[labels.joined(separator: "\u{0}"), default: []].append(position)
      }
      indices[name] = index
    }
    let labels = shared.compactMap { axes[$0]?.label }
    let same = indices[name]?[labels.joined(separator: "\u{0}")] ?? []
    let possible = awaitedInstances(of: id, as: axes, over: shared)
    return (possible.isEmpty ? same : Set(same + possible).sorted(), isGathered)
  }

  /// Reports a file that is not there, or is a directory where a file is wanted, or the reverse.
  mutating func checkFile(
    _ path: String, _ wanted: Manifest.FileType?, at mark: Mark, in scope: Int
  ) {
    guard let isDirectory = isDirectory(path) else {
      report(
        "there is no file \(path)", at: mark, in: scope,
        fix: "a path is taken from the workflow's directory; an output is $steps.STEP.OUTPUT")
      return
    }
    switch wanted {
    case .file where isDirectory:
      report("a file is wanted here, and \(path) is a directory", at: mark, in: scope)
    case .directory where !isDirectory:
      report("a directory is wanted here, and \(path) is a file", at: mark, in: scope)
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
