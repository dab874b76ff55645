import Files

extension JSON {
  /// The texts and numbers at a path like `replicates.library.accession`, of all elements of the arrays on the way.
  func texts(at path: String) -> [String] {
    var values = [self]
    for name in path.split(separator: ".") {
      values = values.flatMap { $0.elements.compactMap { $0[String(name)] } }
    }
    return values.flatMap(\.elements).compactMap { value in
      switch value {
      case .string(let text): text
      case .integer(let number): String(number)
      case .number(let number): "\(number)"
      case .boolean(let truth): truth ? "true" : "false"
      default: nil
      }
    }
  }

  /// The first of `texts(at:)`; empty where there is none.
  func text(at path: String) -> String { texts(at: path).first ?? "" }

  private var elements: [JSON] {
    if case .array(let elements) = self { elements.flatMap(\.elements) } else { [self] }
  }
}
