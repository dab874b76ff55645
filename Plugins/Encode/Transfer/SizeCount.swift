/// How many bytes of many files are there, and how many there will be; kept up to date in constant time.
struct SizeCount {
  private var there: [Int]
  private var expected: [Int?]
  private var unknown: Int
  private var sum: Int

  /// The bytes that are there.
  private(set) var done = 0
  /// The files that are whole.
  private(set) var files = 0

  /// - Parameter sizes: of the whole files, where they are known.
  init(_ sizes: [Int?]) {
    there = [Int](repeating: 0, count: sizes.count)
    expected = sizes
    unknown = sizes.count { $0 == nil }
    sum = sizes.reduce(0) { $0.addingReportingOverflow($1 ?? 0).partialValue }
  }

  /// The bytes of all files; nil while a size is unknown.
  var total: Int? { unknown == 0 ? max(sum, done) : nil }

  /// A file has so many bytes now.
  mutating func move(_ position: Int, to count: Int) {
    done += count - there[position]
    there[position] = count
  }

  /// A file will have so many bytes.
  mutating func tell(_ position: Int, _ size: Int) {
    guard expected[position] != size else { return }
    if expected[position] == nil { unknown -= 1 }
    sum = sum.addingReportingOverflow(size - (expected[position] ?? 0)).partialValue
    expected[position] = size
  }

  /// A file is whole with so many bytes.
  mutating func finish(_ position: Int, _ size: Int) {
    tell(position, size)
    move(position, to: size)
    files += 1
  }
}
