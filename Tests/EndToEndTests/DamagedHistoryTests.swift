import Files
import FlowTesting
import Glibc
import Testing

/// The database of the history is damaged: bits flip, a page is zeroes, the file is cut. Whatever it then says, the next
/// runs make the right results, at the latest the second, and nobody has to remove or repair anything.
///
/// `FLOW_DAMAGES=1000 swift test --filter DamagedHistoryTests` tries more.
struct DamagedHistoryTests {
  private let work: TemporaryDirectory

  init() throws {
    work = try TemporaryDirectory()
    try work.write("workflow.yaml", LettersWorkflow.text(name: "damaged"))
  }

  /// Numbers that are the same in each run of the test.
  private struct Chance: RandomNumberGenerator {
    var state: UInt64
    /// SplitMix64 (Steele, Lea, Flood 2014, https://doi.org/10.1145/2714064.2660195).
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
  }

  private func damaged(_ bytes: [UInt8], _ chance: inout Chance) -> [UInt8] {
    var bytes = bytes
    switch Int.random(in: 0..<4, using: &chance) {
    case 0:
      let page = Int.random(in: 0..<bytes.count / 4096, using: &chance) * 4096
      for position in page..<page + 4096 { bytes[position] = 0 }
    case 1: bytes.removeLast(Int.random(in: 1..<bytes.count, using: &chance))
    default:
      for _ in 0..<[1, 8, 64][Int.random(in: 0..<3, using: &chance)] {
        bytes[Int.random(in: bytes.indices, using: &chance)] ^=
          1 << UInt8.random(in: 0..<8, using: &chance)
      }
    }
    return bytes
  }

  @Test func theNextRunsAreRightWhateverItSays() throws {
    #expect(try Built.flow(["run", "workflow.yaml"], in: work.path).status == 0)
    // Closed in order, the database is one file.
    let sound = try Path.read(work.at(".flow/flow.db"))
    let count = getenv("FLOW_DAMAGES").flatMap { Int(String(cString: $0)) } ?? 40
    var chance = Chance(state: 1)
    for number in 0..<count {
      for name in try Path.list(work.at(".flow")) where name.hasPrefix("flow.db") {
        try Path.remove(work.at(".flow/\(name)"))
      }
      try WholeFile.write(damaged(sound, &chance), to: work.at(".flow/flow.db"))
      try Path.remove(work.at("results"))
      let first = try Built.flow(["run", "workflow.yaml"], in: work.path)
      if first.status != 0 {
        #expect(first.errors.contains("run again"), "\(number): \(first.errors)")
        let second = try Built.flow(["run", "workflow.yaml"], in: work.path)
        #expect(second.status == 0, "\(number): \(second.errors)")
      }
      #expect(try work.read("results/damaged/word.txt") == "a\nb\n", "\(number)")
      #expect(try Built.flow(["log"], in: work.path).status == 0, "\(number)")
    }
  }
}
