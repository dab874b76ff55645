/// A text from elsewhere made safe for one cell of a table: characters that would end the cell or the line, move a
/// terminal's cursor or turn the reading order (Unicode's controls and bidirectional marks) become spaces.
func cell(_ text: String) -> String {
  guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
  var scalars = String.UnicodeScalarView()
  for scalar in text.unicodeScalars { scalars.append(isUnsafe(scalar) ? " " : scalar) }
  return String(scalars)
}

private func isUnsafe(_ scalar: UnicodeScalar) -> Bool {
  switch scalar.value {
  case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
  default: false
  }
}
