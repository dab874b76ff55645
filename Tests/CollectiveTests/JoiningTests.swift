import Testing

@testable import Collective

@Suite struct JoiningTests {
  @Test func aSingleProcessNeedsNoMPI() throws {
    let collective = try Joining.join(rank: 0, count: 1)
    #expect(collective is Alone)
    #expect(collective.share(of: 7) == 0..<7)
    #expect(try collective.ranksThatDiffer([1]) == [])
    #expect(try collective.any(true))
  }

  @Test(
    arguments: [
      ([:], ["libmpi.so.40", "libmpi.so", "libmpich.so.12", "libmpi.so.12"]),
      (
        ["OMPI_COMM_WORLD_SIZE": "2", "PMI_RANK": "0"],
        ["libmpi.so.40", "libmpi.so", "libmpich.so.12", "libmpi.so.12"]
      ),
      (["PMI_RANK": "0"], ["libmpich.so.12", "libmpi.so.12", "libmpi.so.40", "libmpi.so"]),
      (["FLOW_MPI_LIBRARY": "/opt/mpi/libmpi.so", "PMI_RANK": "0"], ["/opt/mpi/libmpi.so"]),
    ] as [([String: String], [String])])
  func theLaunchersOwnLibraryIsTriedFirst(environment: [String: String], names: [String]) {
    #expect(Joining.names { environment[$0] } == names)
  }

  @Test(arguments: [(1, 5), (2, 6), (3, 10), (4, 3), (4, 1)])
  func sharesTogetherAreAll(count: Int, items: Int) {
    let shares = (0..<count).map { Rank(rank: $0, count: count).share(of: items) }
    #expect(shares.flatMap { Array($0) } == Array(0..<items))
    let sizes = shares.map(\.count)
    #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
  }

  private final class Rank: Collective {
    let rank, count: Int
    let transport = "none"
    init(rank: Int, count: Int) { (self.rank, self.count) = (rank, count) }
    func startSum(_ values: UnsafeMutableBufferPointer<Float>) {}
    func progress() {}
    func finishSums() {}
    func sum(_ values: inout [Double]) {}
    func broadcast(_ bytes: inout [UInt8]) {}
    func broadcast(_ values: UnsafeMutableBufferPointer<Float>) {}
    func barrier() {}
    func leave() {}
  }
}
