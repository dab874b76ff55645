/// A placement as a picture: one rectangle per stage, to the fabric's scale.
enum PlacementDrawing {
  /// - Parameter placement: nil draws an empty fabric with the reason.
  static func svg(_ placement: Placement?, system: WaferSystem, title: String) -> String {
    let scale = 0.8
    func pixels(_ cores: Int) -> String {
      let tenths = Int((Double(cores) * scale * 10).rounded())
      return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
    let width = pixels(system.columns)
    let height = Int(Double(system.rows) * scale) + 40
    var svg = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" font-family="sans-serif">
      <title>\(escaped(title))</title>
      <text x="4" y="18" font-size="14">\(escaped(title))</text>
      <g transform="translate(0 30)">
      <rect width="\(width)" height="\(pixels(system.rows))" fill="#f4f4f4" stroke="#888"/>

      """
    for tile in placement?.tiles ?? [] {
      svg += """
        <rect x="\(pixels(tile.column))" y="\(pixels(tile.row))" width="\(pixels(tile.columns))" \
        height="\(pixels(tile.rows))" fill="\(color(of: tile.stage.name))" stroke="#fff" stroke-width="0.5">\
        <title>\(escaped(tile.stage.name)): \(tile.cores) cores, \(tile.memoryPerCore) bytes per core\
        </title></rect>

        """
    }
    return svg + "</g>\n</svg>\n"
  }

  /// The colour tells the kind of stage; layers take turns in two shades.
  private static func color(of stage: String) -> String {
    if stage.hasSuffix("attention") { return "#e07b39" }
    if stage.hasSuffix("QKV") { return "#4878a8" }
    if stage.hasSuffix("projection") { return "#86a8cc" }
    if stage.hasSuffix("feed-forward 1") { return "#5a9a68" }
    if stage.hasSuffix("feed-forward 2") { return "#94c29d" }
    if stage.hasPrefix("layer") { return (stage.utf8.last ?? 0) % 2 == 0 ? "#4878a8" : "#86a8cc" }
    return "#9a6a9a"
  }

  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      default: result.append(character)
      }
    }
  }
}
