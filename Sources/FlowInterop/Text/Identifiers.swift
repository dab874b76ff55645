/// Names that are legal in another language, each given once.
struct Identifiers {
  private var taken: Set<String>

  /// - Parameter reserved: words that must not be given.
  init(reserved: Set<String> = []) { taken = reserved }

  /// A name like `text` of ASCII letters, digits and '_', beginning with a letter; with a number after it where the
  /// plain one is taken.
  mutating func make(_ text: String, uppercased: Bool = false) -> String {
    var name = ""
    for scalar in text.unicodeScalars {
      if scalar.isASCII, scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) {
        name.unicodeScalars.append(scalar)
      } else if !name.hasSuffix("_") {
        name += "_"
      }
    }
    while name.hasSuffix("_") { name.removeLast() }
    if name.unicodeScalars.first.map({ !$0.properties.isAlphabetic }) ?? true { name = "x\(name)" }
    if uppercased { name = name.uppercased() }
    guard taken.contains(name) else {
      taken.insert(name)
      return name
    }
    var number = 2
    while !taken.insert("\(name)_\(number)").inserted { number += 1 }
    return "\(name)_\(number)"
  }
}
