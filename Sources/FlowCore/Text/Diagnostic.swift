/// A place in a text file, counted from 1.
public struct Mark: Equatable, Sendable {
  public let line: Int
  public let column: Int

  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }
}

/// One mistake of a user: where, what and why, and what to do about it.
public struct Diagnostic: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file, or nil where the mistake is on the command line.
  public let file: String?
  public let mark: Mark?
  public let message: String
  /// What to do, in words; may be nil.
  public let fix: String?

  public init(_ message: String, file: String? = nil, at mark: Mark? = nil, fix: String? = nil) {
    self.message = message
    self.file = file
    self.mark = mark
    self.fix = fix
  }

  /// `file:line:column: message` and, on a second line, the fix.
  public var description: String {
    var text = ""
    if let file {
      text += Visible.cell(file)
      if let mark { text += ":\(mark.line):\(mark.column)" }
      text += ": "
    }
    text += message
    if let fix { text += "\n  fix: \(fix)" }
    return text
  }
}

extension [Diagnostic] {
  /// The mistakes as they stand in the files: those of the command line, those in `file`, and those in others.
  func inReadingOrder(first file: String) -> [Diagnostic] {
    func place(_ problem: Diagnostic) -> (Int, String, Int, Int) {
      let rank = problem.file == nil ? 0 : problem.file == file ? 1 : 2
      return (rank, problem.file ?? "", problem.mark?.line ?? 0, problem.mark?.column ?? 0)
    }
    return enumerated().sorted { first, second in
      let (one, other) = (place(first.element), place(second.element))
      return one == other ? first.offset < second.offset : one < other
    }.map(\.element)
  }
}

/// All mistakes found in one go, so that a user mends them in one go.
public struct Diagnostics: Error, Equatable, Sendable, CustomStringConvertible {
  public let list: [Diagnostic]

  public init(_ list: [Diagnostic]) { self.list = list }

  public var description: String { list.map(\.description).joined(separator: "\n") }
}
