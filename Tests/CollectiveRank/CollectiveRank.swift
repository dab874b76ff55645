import Collective
import Glibc

/// One rank of a parallel program, for the tests: joins, uses everything, prints what came of it.
///
/// `collective-rank check DIRECTORY` tells one line a rank, in DIRECTORY/rank-N; `collective-rank alone` joins as if the launcher had
/// started one rank more than it did.
@main
enum CollectiveRank {
  static func main() {
    do throws(CollectiveError) {
      let extra = CommandLine.arguments.last == "mistaken" ? 1 : 0
      let collective = try Joining.join(
        rank: number("OMPI_COMM_WORLD_RANK") ?? number("PMI_RANK") ?? 0,
        count: (number("OMPI_COMM_WORLD_SIZE") ?? number("PMI_SIZE") ?? 1) + extra)
      let results = try check(collective)
      tell("rank \(collective.rank) of \(collective.count): \(results) (\(collective.transport))")
      try collective.leave()
    } catch {
      print("error: \(error)")
      exit(1)
    }
  }

  private static func check(_ collective: any Collective) throws(CollectiveError) -> String {
    let rank = Double(collective.rank)
    var doubles = [rank, 1, rank * rank]
    try collective.sum(&doubles)

    // A number and its place, so that a part sent twice or not at all shows.
    let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: 100_000)
    defer { memory.deallocate() }
    for place in memory.indices { memory[place] = Float(place % 1000) + Float(rank) }
    let sum = BucketedSum(memory, over: collective, bucket: 40_000)
    sum.completed(60_000..<90_000)
    sum.progress()
    sum.completed(55_000..<60_000)
    sum.completed(50_000..<55_000)
    try sum.finish()
    let ranks = collective.count
    let total = Float(ranks * (ranks - 1) / 2)
    let wrong = memory.indices.filter {
      memory[$0] != Float(ranks) * Float($0 % 1000) + total
    }

    var bytes: [UInt8] = collective.rank == 0 ? Array("from rank 0".utf8) : [1]
    try collective.broadcast(&bytes)
    let differ = try collective.ranksThatDiffer(collective.rank == 1 ? [1] : [0])
    let isOneAsked = try collective.any(collective.rank == 1)
    try collective.barrier()
    return
      "sums \(doubles.map { Int($0) }), \(wrong.count) wrong, \(String(decoding: bytes, as: UTF8.self)), "
      + "differ \(differ), any \(isOneAsked), share \(collective.share(of: 10))"
  }

  /// Into a file of the rank's own in the directory named last; launchers may lose a line when ranks end.
  private static func tell(_ line: String) {
    let rank = number("OMPI_COMM_WORLD_RANK") ?? number("PMI_RANK") ?? 0
    guard let directory = CommandLine.arguments.last, directory.hasPrefix("/"),
      let file = fopen("\(directory)/rank-\(rank)", "w")
    else { return print(line) }
    fputs(line, file)
    fclose(file)
  }

  private static func number(_ variable: String) -> Int? {
    getenv(variable).flatMap { Int(String(cString: $0)) }
  }
}
