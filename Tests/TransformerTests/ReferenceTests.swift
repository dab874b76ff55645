import Files
import Glibc
import Testing

@testable import Transformer

/// Folders in Tests/Fixtures/golden, and the one that FLOW_GOLDEN names.
func referenceCases() -> [String] {
  let fixtures = Path.parent(Path.parent(#filePath)) + "/Fixtures/golden"
  var folders: [String] = []
  if let names = try? Path.list(fixtures) { folders += names.map { "\(fixtures)/\($0)" } }
  if let extra = getenv("FLOW_GOLDEN") { folders.append(String(cString: extra)) }
  return folders.filter { Path.exists("\($0)/golden.safetensors") }
}

@Suite struct ReferenceTests {
  @Test func thereIsAReference() {
    #expect(!referenceCases().isEmpty)
  }

  /// What the reference holds for key biases is its own rounding noise; it must be as small as
  /// that.
  @Test(arguments: referenceCases())
  func referenceHoldsNoiseForKeyBiases(directory: String) throws {
    let golden = try SafetensorsReader("\(directory)/golden.safetensors")
    for name in golden.tensors.keys where name.hasPrefix("grad.") && name.hasSuffix("key.bias") {
      let noise = try golden.floats(name).map(abs).max() ?? 0
      let query = name.replacing("key.bias", with: "query.bias")
      let signal = try golden.floats(query).map(abs).max() ?? 0
      #expect(noise < 1e-5 * signal)
    }
  }

  @Test(arguments: referenceCases(), [1, 2])
  func logitsGradientsAndTrainingEqualHuggingFace(directory: String, threads: Int) throws {
    let deviations = try ReferenceCase(directory: directory).compare(on: CPU(threads: threads))
    #expect(deviations.count > 20)
    for deviation in deviations where deviation.counts {
      #expect(deviation.error < 1e-4, "\(deviation.name)")
    }
    let worst = deviations.filter(\.counts).max { $0.error < $1.error }
    print("\(Path.name(directory)): worst \(worst?.name ?? "") \(worst?.error ?? 0)")
  }
}
