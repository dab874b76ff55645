import Files
import FlowCore

/// A parameter of an operation as a field of a Galaxy tool's form.
struct GalaxyParameter {
  let parameter: Manifest.Parameter
  let variable: String
  let label: String

  init(_ parameter: Manifest.Parameter, variable: String, label: String) {
    self.parameter = parameter
    self.variable = variable
    self.label = label
  }

  private var isOptional: Bool { parameter.defaultValue == nil && !parameter.isRequired }

  var xml: String {
    if !parameter.choices.isEmpty { return select }
    switch parameter.type {
    case .boolean: return isOptional ? optionalBoolean : boolean
    case .integer: return number("integer")
    case .number: return number("float")
    case .string, .list: return text
    }
  }

  private var help: String {
    var help = parameter.help
    if let unit = parameter.unit { help += " Unit: \(unit)." }
    if case .list = parameter.type, parameter.choices.isEmpty {
      help += " A list: a,b,c, or JSON where an element has a comma in it."
    }
    return help
  }

  private func element(_ type: String, _ attributes: String, _ content: String = "") -> String {
    let optional = isOptional ? " optional=\"true\"" : ""
    let head =
      "        <param name=\"\(variable)\" type=\"\(type)\"\(attributes)\(optional) label=\"\(XML.escape(label))\" help=\"\(XML.escape(help))\""
    return content.isEmpty ? "\(head)/>\n" : "\(head)>\n\(content)        </param>\n"
  }

  private var boolean: String {
    let checked = parameter.defaultValue == .boolean(true)
    return element(
      "boolean", " truevalue=\"true\" falsevalue=\"false\" checked=\"\(checked)\"")
  }

  /// A check box cannot be left open.
  private var optionalBoolean: String {
    element("select", "", option("true", isChosen: false) + option("false", isChosen: false))
  }

  private func number(_ type: String) -> String {
    var attributes = ""
    if let value = parameter.defaultValue { attributes += " value=\"\(plain(value))\"" }
    if parameter.isRequired { attributes += " value=\"\"" }
    if let minimum = parameter.minimum { attributes += " min=\"\(plain(minimum))\"" }
    if let maximum = parameter.maximum { attributes += " max=\"\(plain(maximum))\"" }
    return element(type, attributes)
  }

  private var select: String {
    var isList = false
    if case .list = parameter.type { isList = true }
    let chosen: [JSON] =
      parameter.defaultValue.map { isList ? $0.array ?? [] : [$0] } ?? []
    let options = parameter.choices.map { option(plain($0), isChosen: chosen.contains($0)) }
    // Galaxy would replace other characters than these, in its own choices too.
    let isPlain = parameter.choices.map(plain).joined().unicodeScalars.allSatisfy {
      $0.isASCII && ($0.properties.isAlphabetic || "0123456789 -_.".unicodeScalars.contains($0))
    }
    return element(
      "select", isList ? " multiple=\"true\"" : "",
      options.joined() + (isPlain ? "" : Self.sanitizer))
  }

  private func option(_ value: String, isChosen: Bool) -> String {
    "            <option value=\"\(XML.escape(value))\"\(isChosen ? " selected=\"true\"" : "")>\(XML.escape(value))</option>\n"
  }

  /// Characters that are not printable ASCII are refused rather than dropped in silence.
  private var text: String {
    let emptiness =
      parameter.isRequired ? "            <validator type=\"empty_field\"/>\n" : ""
    return element(
      "text", parameter.defaultValue.map { " value=\"\(XML.escape(Self.list($0)))\"" } ?? "",
      Self.sanitizer
        + "            <validator type=\"regex\" message=\"Only printable characters of ASCII can be given here.\">^[ -~]*$</validator>\n"
        + emptiness)
  }

  /// What Galaxy does to a value on its way into the command.
  ///
  /// It replaces what is not in `valid`. Valid is here every printable character of ASCII but the single quote, which
  /// becomes the end of the quoted word, a quoted quote, and the beginning of the next.
  private static let sanitizer = """
                <sanitizer invalid_char="">
                    <valid initial="string.printable">
                        <remove value="&apos;"/>
                    </valid>
                    <mapping initial="none">
                        <add source="&apos;" target="&apos;&quot;&apos;&quot;&apos;"/>
                    </mapping>
                </sanitizer>

    """

  /// A default as a person would write it: `a,b` where that means the list again.
  private static func list(_ value: JSON) -> String {
    guard case .array(let elements) = value else { return plain(value) }
    let texts = elements.map(plain)
    let isSimple = !texts.contains { $0.contains(",") || $0.isEmpty || $0.hasPrefix("[") }
    return isSimple ? texts.joined(separator: ",") : value.text
  }
}
