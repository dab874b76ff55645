/// The two spellings of chromosome names: UCSC's `chr20` and `chrM`, Ensembl's `20` and `MT`.
public enum ChromosomeNames {
  /// The same chromosome's name in the other spelling.
  public static func otherSpelling(of name: String) -> String {
    switch name {
    case "chrM", "chrMT": "MT"
    case "MT", "M": "chrM"
    default: name.hasPrefix("chr") ? String(name.dropFirst(3)) : "chr\(name)"
    }
  }

  /// Words to add to an error about an unknown name: the other spelling where `known` has it, else the
  /// first of the known names.
  public static func hint(for name: String, among known: [String]) -> String {
    let other = otherSpelling(of: name)
    if known.contains(other) {
      return "the sequence calls it '\(other)'; rename one of the two so that they agree"
    }
    let shown = known.prefix(5).joined(separator: ", ")
    return "the sequence has \(shown)" + (known.count > 5 ? " and \(known.count - 5) more" : "")
  }
}
