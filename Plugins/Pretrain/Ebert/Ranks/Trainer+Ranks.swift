import Collective
import Corpus
import Files
import FlowPlugin
import Transformer

/// What several ranks do as one. A single process does the same, with itself.
extension Trainer {
  /// The sum of a count over the ranks.
  func sumOverRanks(_ count: Int) throws -> Int { Int(try sumOverRanks(Double(count))) }

  /// The sum of a number over the ranks.
  func sumOverRanks(_ number: Double) throws -> Double {
    var numbers = [number]
    try collective.sum(&numbers)
    return numbers[0]
  }

  /// Throws on all ranks when one of them should stop.
  func checkCancellation() throws {
    if try collective.any(step.isCancelled) {
      throw StepFailure(.cancelled, "stopped on request")
    }
  }

  /// The losses on the windows of all ranks.
  func sumOverRanks(_ losses: ValidationLosses, over corpus: Corpus) throws -> ValidationLosses {
    if collective.count == 1 { return losses }
    let (states, cellTypes) = (corpus.stateNames.count, corpus.cellTypes.count)
    var numbers = losses.numbers(states: states, cellTypes: cellTypes)
    try collective.sum(&numbers)
    return ValidationLosses(numbers: numbers, states: states)
  }

  /// What `body` gives on rank 0, where alone it is called.
  func fromRankZero(_ body: () throws -> String) throws -> String {
    var text = collective.rank == 0 ? Array(try body().utf8) : []
    try collective.broadcast(&text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Loads rank 0's newest checkpoint on all ranks, whether or not they see its files.
  ///
  /// - Returns: its facts; nil where there is none.
  func restore() throws -> JSON? {
    if collective.count == 1 {
      return try restoreOwn()
    }
    let text = try fromRankZero {
      let facts = try restoreOwn()
      return facts.map { JSON.array([.integer(optimizer.steps), $0]).text } ?? ""
    }
    guard !text.isEmpty, let found = try JSON(parsing: text).array, found.count == 2,
      let steps = found[0].integer
    else { return nil }
    for memory in optimizer.memory { try collective.broadcast(memory) }
    optimizer.resume(after: steps)
    return found[1]
  }

  /// All windows of a step with their losses, from those of this rank.
  func windowsOfAllRanks(
    _ number: Int, _ own: [(window: WindowSampler.Window, loss: Double)]
  ) throws -> [(window: WindowSampler.Window, loss: Double)] {
    if collective.count == 1 { return own }
    var losses = [Double](repeating: 0, count: parameters.batchSize)
    for (place, window) in zip(windows, own) { losses[place] = window.loss }
    try collective.sum(&losses)
    // Where the others' windows lie needs no message: a step's windows are functions of its number.
    let all = StepSlice(step: number, first: 0, count: parameters.batchSize)
    return zip(training.batch(all).windows, losses).map { ($0, $1) }
  }

  /// Makes sure that all ranks have the same step and weights, to the bit.
  ///
  /// They have unless something is broken: files that are not the same everywhere, processors of different
  /// kinds, faulty memory. Then the ranks would train models that drift apart.
  func checkRanksAgree() throws {
    if collective.count == 1 { return }
    let hash = StreamingHash(.sha256)
    hash.update("\(optimizer.steps)")
    for tensor in model.parameters.tensors {
      model.parameters.values(tensor).withUnsafeBytes { hash.update($0) }
    }
    let others = try collective.ranksThatDiffer(Array(hash.finish().utf8))
    if others.isEmpty { return }
    throw StepFailure(
      .failed,
      "after step \(optimizer.steps) \(Trainer.name(others)) has other weights than rank 0; all ranks must see "
        + "the files of rank 0 (\(scratch)) and run the same library on processors of one kind; \(kept)"
    )
  }

  /// "rank 3", "rank 1, 2, 5".
  static func name(_ ranks: [Int]) -> String {
    let shown = ranks.prefix(8).map(String.init).joined(separator: ", ")
    return "rank \(shown)" + (ranks.count > 8 ? " and \(ranks.count - 8) more" : "")
  }
}

extension ValidationLosses {
  /// Sums and counts in a fixed order: what can be added up number by number.
  func numbers(states: Int, cellTypes: Int) -> [Double] {
    let means =
      [all, self.states] + (0..<states).map { byState[$0] ?? Mean() }
      + (0..<cellTypes).map { byCellType[$0] ?? Mean() }
    return means.flatMap { [$0.sum, Double($0.count)] }
  }

  /// What `numbers` gave, or a sum of several of them.
  init(numbers: [Double], states: Int) {
    let means = stride(from: 0, to: numbers.count, by: 2).map {
      Mean(sum: numbers[$0], count: Int(numbers[$0 + 1]))
    }
    func present(_ part: ArraySlice<Mean>) -> [Int: Mean] {
      Dictionary(
        uniqueKeysWithValues: part.enumerated().filter { $0.element.count > 0 }.map { ($0, $1) })
    }
    self.init(
      all: means[0], states: means[1], byState: present(means[2..<2 + states]),
      byCellType: present(means[(2 + states)...]))
  }
}
