import Files
import FlowTesting
import Testing

@testable import Transformer

@Suite struct SafetensorsTests {
  let directory: TemporaryDirectory
  var path: String { "\(directory.path)/a.safetensors" }

  init() throws { directory = try TemporaryDirectory() }

  private func write(header: String, data: Int, length: UInt64? = nil) throws -> String {
    let text = Array(header.utf8)
    let count = withUnsafeBytes(of: (length ?? UInt64(text.count)).littleEndian) { Array($0) }
    try WholeFile.write(count + text + [UInt8](repeating: 0, count: data), to: path)
    return path
  }

  @Test func whatIsWrittenIsRead() throws {
    var writer = SafetensorsWriter()
    writer.add("b", shape: [2, 2], floats: { [1.5, -2, .infinity, 0] })
    writer.add("a \"quoted\"", shape: [3], integers: { [1, -1, Int64.max] })
    writer.add("empty", shape: [0, 4], floats: { [] })
    writer.add("scalar", shape: [], floats: { [7] })
    let hash = try writer.write(to: path)
    #expect(try StreamingHash.of(file: path) == hash)
    let reader = try SafetensorsReader(path)
    #expect(try reader.floats("b") == [1.5, -2, .infinity, 0])
    #expect(try reader.integers("a \"quoted\"") == [1, -1, Int64.max])
    #expect(try reader.floats("empty") == [])
    #expect(try reader.floats("scalar") == [7])
    #expect(reader.tensors["b"]?.shape == [2, 2])
    #expect(reader.metadata == ["format": "pt"])
    #expect(throws: (any Error).self) { try reader.floats("c") }
    #expect(throws: (any Error).self) { try reader.integers("b") }
  }

  @Test func equalTensorsGiveEqualBytes() throws {
    func bytes(_ names: [String]) throws -> [UInt8] {
      var writer = SafetensorsWriter()
      for name in names { writer.add(name, shape: [1], floats: { [1] }) }
      try writer.write(to: path)
      return try Path.read(path)
    }
    #expect(try bytes(["x", "y", "z"]) == bytes(["z", "x", "y"]))
  }

  @Test func halvesAreWidenedExactly() throws {
    // 1.5, the smallest subnormal, -infinity in binary16; 1.5 in bfloat16; int32.
    let header = """
      {"h":{"dtype":"F16","shape":[3],"data_offsets":[0,6]},\
      "b":{"dtype":"BF16","shape":[1],"data_offsets":[6,8]},\
      "i":{"dtype":"I32","shape":[1],"data_offsets":[8,12]}}
      """
    let text = Array(header.utf8)
    let count = withUnsafeBytes(of: UInt64(text.count)) { Array($0) }
    let data: [UInt8] = [
      0x00, 0x3E, 0x01, 0x00, 0x00, 0xFC, 0xC0, 0x3F, 0xFE, 0xFF, 0xFF, 0xFF,
    ]
    try WholeFile.write(count + text + data, to: path)
    let reader = try SafetensorsReader(path)
    #expect(try reader.floats("h") == [1.5, 0x1p-24, -.infinity])
    #expect(try reader.floats("b") == [1.5])
    #expect(try reader.integers("i") == [-2])
  }

  @Test(arguments: [
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, "its shape asks for 8 bytes"),
    (#"{"a":{"dtype":"F32","shape":[1]}}"#, 4, "lacks dtype, shape or two data_offsets"),
    (#"{"a":{"dtype":"F32","dtype":"F32"}}"#, 4, "'dtype' comes twice"),
    (#"{"a":1}"#, 4, "'{' is missing"),
    (#"[]"#, 0, "does not begin with '{'"),
    (#"{} x"#, 0, "something follows the object"),
  ])
  func damagedFilesAreRefusedWithTheReason(header: String, data: Int, reason: String) throws {
    let path = try write(header: header, data: data)
    let error = #expect(throws: ModelError.self) { try SafetensorsReader(path) }
    #expect(error?.description.contains(reason) ?? false, "\(error?.description ?? "")")
    #expect(error?.description.contains(path) ?? false)
  }
}
