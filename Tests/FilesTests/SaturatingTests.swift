import Files
import Testing

@Suite struct SaturatingTests {
  @Test(arguments: [
    (1e308, Int.max), (-1e308, .min), (.infinity, .max), (-.infinity, .min), (.nan, 0),
    (.leastNonzeroMagnitude, 0), (0x1p63, .max), (-0x1p63, .min), (2.9, 2), (-2.9, -2),
  ])
  func everyNumberHasANearestInteger(_ value: Double, _ expected: Int) {
    #expect(Int(saturating: value) == expected)
  }
}
