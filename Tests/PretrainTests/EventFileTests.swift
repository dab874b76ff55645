import Files
import FlowTesting
import Testing

@testable import Pretrain

@Suite struct EventFileTests {
  @Test func checksumsAreThoseOfTheStandard() {
    // RFC 3720, appendix B.4, and the check value of the polynomial's catalogue entry.
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
  }

  /// Bytes that tensorboard 2.21's RecordWriter wrote for the same event.
  @Test func recordsAreThoseOfTensorBoard() {
    #expect(hex(EventRecord.header) == Self.expectedHeader)
    #expect(hex(EventRecord.scalar("loss/train", step: 300, value: 1.5)) == Self.expectedScalar)
  }

  private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private static let expectedHeader =
    "0f000000000000006d532b091a0d627261696e2e4576656e743a32fc985129"
  private static let expectedScalar =
    "2100000000000000017becf6090000000000c0724010ac022a130a110a0a6c6f73732f747261696e150000c03f2bc462e8"

  @Test func aResumedRunHasOneUnbrokenCurve() throws {
    let small = try SmallCorpus()
    let whole = try small.host("whole")
    try whole.run("ebert", of: Pretrain.entry)
    let stopped = try small.host("stopped")
    stopped.stopsAfter = 7
    _ = stopped.failure("ebert", of: Pretrain.entry)
    stopped.stopsAfter = .max
    try stopped.run("ebert", of: Pretrain.entry)
    let name = "events.out.tfevents.0000000000.flow"
    let expected = try Path.read("\(whole.output("events"))/\(name)")
    #expect(try Path.read("\(stopped.output("events"))/\(name)") == expected)
    // The file that grew while it trained holds the same records.
    #expect(try Path.read("\(whole.output("scratch"))/events/\(name)").count == expected.count)
    #expect(try Path.read("\(stopped.output("scratch"))/events/\(name)").count == expected.count)
  }
}
