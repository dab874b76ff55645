import Testing

@testable import FlowProvenance

/// The values are what Nextflow's own units print for the same numbers.
@Suite struct NextflowUnitsTests {
  @Test(arguments: [
    (0, "0ms"), (999, "999ms"), (1000, "1s"), (1249, "1.2s"), (1250, "1.3s"), (5000, "5s"),
    (59_999, "60s"), (60_000, "1m"), (90_499, "1m 30s"), (3_605_000, "1h 5s"),
    (90_061_000, "1d 1h 1m 1s"), (86_400_000, "1d"),
  ])
  func durations(_ milliseconds: Int, _ text: String) {
    #expect(NextflowUnits.duration(milliseconds: milliseconds) == text)
  }

  @Test(arguments: [
    (0, "0"), (1, "1 B"), (1023, "1023 B"), (1024, "1 KB"), (23_252_992, "22.2 MB"),
    (1 << 30, "1 GB"), (5 << 40, "5 TB"),
  ])
  func memory(_ bytes: Int, _ text: String) {
    #expect(NextflowUnits.memory(bytes: bytes) == text)
  }

  @Test func percent() {
    #expect(NextflowUnits.percent(98.46) == "98.5%")
    #expect(NextflowUnits.percent(0) == "0.0%")
    #expect(NextflowUnits.percent(200) == "200.0%")
  }
}
