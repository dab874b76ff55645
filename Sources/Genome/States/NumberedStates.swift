import DNA

/// States that a file writes as numbers, found in a table by number.
///
/// A class, because reading fills its memory of the numbers met; not shared between threads.
final class NumberedStates {
  private let table: StateIndex
  private let prefix: String
  private let labels: StateLabels?
  /// By number: the number in the table; -1 where it was not met yet.
  private var known: [Int]

  /// The largest number a state may have.
  static let largest = 9_999

  /// - Parameter prefix: stands before the number in a state's name where `labels` has none: `E` as in
  ///   ChromHMM's segments, so that both files name a state alike.
  init(_ table: StateIndex, prefix: String, labels: StateLabels?) {
    self.table = table
    self.prefix = prefix
    self.labels = labels
    known = [Int](repeating: -1, count: 256)
  }

  @inline(__always)
  func state(_ number: Int) throws(GenomeError) -> Int {
    if number < known.count, known[number] >= 0 { return known[number] }
    return try meet(number)
  }

  private func meet(_ number: Int) throws(GenomeError) -> Int {
    guard number <= NumberedStates.largest else {
      throw GenomeError(
        "the state's number is \(number), above \(NumberedStates.largest); is this a segmentation?")
    }
    let name: String
    if let labels { name = try labels.name(number) } else { name = "\(prefix)\(number)" }
    let state = try table.number(of: name)
    if number < known.count { known[number] = state }
    return state
  }
}
