import FlowCore
import Testing

/// A plugin may report any double; words for it must not end the engine.
@Suite struct ExtremeQuantityTests {
  @Test(arguments: [
    (1e300, "1e+300"), (-1e308, "-1e+308"), (.infinity, "inf"), (.nan, "nan"),
    (.leastNonzeroMagnitude, "0.00"),
    (9e14, "900000000000000.00"),
  ])
  func decimal(_ value: Double, _ expected: String) {
    #expect(Quantity.decimal(value, 2) == expected)
  }

  @Test func moreDecimalsThanAnIntegerHoldsFallBack() {
    #expect(Quantity.decimal(9e14, 10) == "\(9e14)")
    #expect(Quantity.decimal(1.5, 40) == "1.5")
  }

  @Test(arguments: [
    (.infinity, "inf s"), (.nan, "nan s"), (.leastNonzeroMagnitude, "0.0 s"),
    (1e308, "2562047788015215 h 30 min"),
  ])
  func seconds(_ value: Double, _ expected: String) {
    #expect(Quantity.text(seconds: value) == expected)
  }

  @Test(arguments: [
    (1e308, "1e+299 G"), (-1e308, "-1e+308"), (.infinity, "inf G"), (.leastNonzeroMagnitude, "0.0"),
  ])
  func count(_ value: Double, _ expected: String) {
    #expect(Quantity.text(count: value) == expected)
  }

  @Test(arguments: [
    ("10000d", 864_000_000), ("20000d", nil), ("864000000", 864_000_000), ("864000001", nil),
    ("9999d48h", nil), ("9999d24h", 864_000_000),
  ])
  func timesHaveOneUpperBoundInAllForms(_ text: String, _ expected: Int?) {
    #expect(Quantity.seconds(text) == expected)
  }
}
