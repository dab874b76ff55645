import FlowTesting
import Testing

@testable import Transformer

extension CUDA {
  /// The backend on the emulated driver and libraries.
  static func emulated(allowsTF32: Bool = false) throws -> CUDA {
    try CUDA(
      allowsTF32: allowsTF32, search: LibrarySearch(directories: [EmulatedCUDA.directory()]))
  }
}

@Suite struct EmulatedDeviceTests {
  @Test(arguments: referenceCases())
  func logitsGradientsAndTrainingEqualHuggingFace(directory: String) throws {
    let deviations = try ReferenceCase(directory: directory).compare(on: CUDA.emulated())
    #expect(deviations.count > 20)
    for deviation in deviations where deviation.counts {
      #expect(deviation.error < 1e-4, "\(deviation.name)")
    }
    let worst = deviations.filter(\.counts).max { $0.error < $1.error }
    print("worst \(worst?.name ?? "") \(worst?.error ?? 0)")
  }
}
