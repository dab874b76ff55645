import Glibc

/// The variables of this process, or those that a test sets in their place.
struct Environment: Sendable {
  private let find: @Sendable (String) -> String?

  /// This process's own.
  static let ofProcess = Environment { name in getenv(name).map { String(cString: $0) } }

  init(_ find: @escaping @Sendable (String) -> String?) { self.find = find }

  /// The value of a variable; nil where it is not set or empty.
  subscript(_ name: String) -> String? { find(name).flatMap { $0.isEmpty ? nil : $0 } }
}
