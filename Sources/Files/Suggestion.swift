/// "Did you mean": the nearest of the names that would have been right.
public enum Suggestion {
  /// The candidate nearest to `name`, or nil where none is near (more than a third of its letters differ).
  public static func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
    let best =
      candidates
      .map { (candidate: $0, distance: distance(name.lowercased(), $0.lowercased())) }
      .min { ($0.distance, $0.candidate) < ($1.distance, $1.candidate) }
    guard let best, best.distance <= max(1, max(name.count, best.candidate.count) / 3) else {
      return nil
    }
    return best.candidate
  }

  /// "did you mean 'x'?" or "known are: a, b, c"; nil without candidates. Of many only the first 20 are named.
  public static func fix(for name: String, among candidates: some Sequence<String>) -> String? {
    if let near = nearest(to: name, among: candidates) { return "did you mean '\(near)'?" }
    let known = candidates.sorted()
    let shown = known.prefix(20).joined(separator: ", ")
    return known.isEmpty ? nil : "known are: \(shown)\(known.count > 20 ? ", …" : "")"
  }

  /// Edits (insert, delete, replace, swap of neighbours) from `a` to `b`: the restricted
  /// Damerau-Levenshtein distance.
  public static func distance(_ a: String, _ b: String) -> Int {
    let a = Array(a.unicodeScalars.prefix(100))
    let b = Array(b.unicodeScalars.prefix(100))
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in 0..<a.count {
      var row = [i + 1]
      for j in 0..<b.count {
        var least = min(last[j + 1], row[j]) + 1
        least = min(least, last[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          least = min(least, beforeLast[j - 1] + 1)
        }
        row.append(least)
      }
      beforeLast = last
      last = row
    }
    return last[b.count]
  }
}
