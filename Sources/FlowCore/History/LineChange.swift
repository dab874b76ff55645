/// A line of the comparison of two texts.
public struct LineChange: Equatable, Sendable {
  /// Whether the line is in both texts, only in the old, or only in the new; its sign in a comparison.
  public enum Kind: String, Sendable {
    case same = " "
    case removed = "-"
    case added = "+"
  }

  /// In which of the texts it is.
  public var kind: Kind
  /// Without its end.
  public var text: String

  /// More lines than this between the first and the last change are shown as replaced, not compared: the
  /// comparison takes time with the square of what differs.
  static let limit = 2_000

  /// The lines that differ, and one line around each.
  public static func changes(from old: String, to new: String) -> [LineChange] {
    let old = lines(old)
    let new = lines(new)
    var start = 0
    while start < min(old.count, new.count), old[start] == new[start] { start += 1 }
    var end = 0
    while end < min(old.count, new.count) - start,
      old[old.count - 1 - end] == new[new.count - 1 - end]
    {
      end += 1
    }
    let before = Array(old[start..<(old.count - end)])
    let after = Array(new[start..<(new.count - end)])
    var changes: [LineChange] = []
    if start > 0 { changes.append(LineChange(kind: .same, text: old[start - 1])) }
    changes += compared(before, after)
    if end > 0 { changes.append(LineChange(kind: .same, text: old[old.count - end])) }
    return changes.indices.filter { position in
      changes[position].kind != .same
        || (max(0, position - 1)...min(changes.count - 1, position + 1))
          .contains { changes[$0].kind != .same }
    }.map { changes[$0] }
  }

  private static func compared(_ old: [String], _ new: [String]) -> [LineChange] {
    guard old.count + new.count <= limit else {
      return old.map { LineChange(kind: .removed, text: $0) }
        + new.map { LineChange(kind: .added, text: $0) }
    }
    // Swift's own, after E. W. Myers, "An O(ND) difference algorithm and its variations", Algorithmica 1, 1986.
    let difference = new.difference(from: old)
    let removed = Set(
      difference.removals.map { change in
        switch change {
        case .insert(let offset, _, _), .remove(let offset, _, _): offset
        }
      })
    let added = Set(
      difference.insertions.map { change in
        switch change {
        case .insert(let offset, _, _), .remove(let offset, _, _): offset
        }
      })
    var changes: [LineChange] = []
    var (left, right) = (0, 0)
    while left < old.count || right < new.count {
      if left < old.count, removed.contains(left) {
        changes.append(LineChange(kind: .removed, text: old[left]))
        left += 1
      } else if right < new.count, added.contains(right) {
        changes.append(LineChange(kind: .added, text: new[right]))
        right += 1
      } else {
        changes.append(LineChange(kind: .same, text: old[left]))
        left += 1
        right += 1
      }
    }
    return changes
  }

  private static func lines(_ text: String) -> [String] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
    return lines
  }
}
