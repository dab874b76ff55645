import DNA

/// One inflated block of a bigWig: up to 65,535 values in one of three forms.
struct BigWigSection {
  private enum Form {
    /// Each value with its start and end.
    case bedGraph
    /// Each value with its start; all of one length.
    case variableStep
    /// Values at equal distances, of one length.
    case fixedStep
  }

  static let headerSize = 24

  /// Its number in the file.
  let chromosome: Int
  let count: Int
  private let content: UnsafeRawBufferPointer
  private let isSwapped: Bool
  private let form: Form
  private let start: Int
  private let step: Int
  private let span: Int

  /// - Throws: `GenomeError` with the block's first byte where the content is too short or of no known form.
  init(
    _ content: UnsafeRawBufferPointer, _ numbers: BinaryNumbers, _ block: BlockTree.Block
  ) throws(GenomeError) {
    let isSwapped = numbers.isSwapped
    guard content.count >= BigWigSection.headerSize else {
      throw numbers.file.error("a block too short for its header", at: block.offset)
    }
    func uint32(_ offset: Int) -> Int {
      Int(BinaryNumbers.load(UInt32.self, from: content, at: offset, isSwapped: isSwapped))
    }
    let form: (Form, size: Int)
    switch content[20] {
    case 1: form = (.bedGraph, 12)
    case 2: form = (.variableStep, 8)
    case 3: form = (.fixedStep, 4)
    default:
      throw numbers.file.error("a block of the unknown form \(content[20])", at: block.offset)
    }
    count = Int(BinaryNumbers.load(UInt16.self, from: content, at: 22, isSwapped: isSwapped))
    guard BigWigSection.headerSize + count * form.size <= content.count else {
      throw numbers.file.error("a block too short for its \(count) values", at: block.offset)
    }
    self.content = content
    self.isSwapped = isSwapped
    self.form = form.0
    chromosome = uint32(0)
    start = uint32(4)
    step = uint32(12)
    span = uint32(16)
  }

  /// First base and the base after the last of the value at `position`; not checked against the chromosome.
  @inline(__always)
  func bases(_ position: Int) -> (start: Int, end: Int) {
    switch form {
    case .bedGraph:
      let at = BigWigSection.headerSize + 12 * position
      return (Int(uint32(at)), Int(uint32(at + 4)))
    case .variableStep:
      let first = Int(uint32(BigWigSection.headerSize + 8 * position))
      return (first, first + span)
    case .fixedStep:
      let first = start + position * step
      return (first, first + span)
    }
  }

  @inline(__always)
  func value(_ position: Int) -> Float {
    switch form {
    case .bedGraph: Float(bitPattern: uint32(BigWigSection.headerSize + 12 * position + 8))
    case .variableStep: Float(bitPattern: uint32(BigWigSection.headerSize + 8 * position + 4))
    case .fixedStep: Float(bitPattern: uint32(BigWigSection.headerSize + 4 * position))
    }
  }

  @inline(__always)
  private func uint32(_ offset: Int) -> UInt32 {
    BinaryNumbers.load(UInt32.self, from: content, at: offset, isSwapped: isSwapped)
  }
}
