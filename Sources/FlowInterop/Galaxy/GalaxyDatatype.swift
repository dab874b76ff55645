import FlowCore

/// Galaxy's datatypes for the formats that manifests name.
///
/// Source: config/sample/datatypes_conf.xml.sample of https://github.com/galaxyproject/galaxy. A format that is not
/// listed is "data", any file: formats are free words, and Galaxy refuses words it does not know.
enum GalaxyDatatype {
  private static let known: [String: String] = [
    "bed": "bed", "csv": "csv", "fasta": "fasta", "fastq": "fastqsanger", "html": "html",
    "json": "json",
    "narrowpeak": "encodepeak", "svg": "svg", "tsv": "tabular", "txt": "txt", "vcf": "vcf",
  ]
  /// Those that Galaxy also knows compressed.
  private static let compressed: [String: String] = [
    "fasta": "fasta.gz", "fastqsanger": "fastqsanger.gz", "tabular": "tabular.gz",
  ]

  /// The datatype of a format: of the whole word, or of what follows its last dot.
  private static func named(_ format: String?) -> String? {
    guard let format = format?.lowercased() else { return nil }
    return known[format] ?? format.split(separator: ".").last.flatMap { known[String($0)] }
  }

  /// What an input takes; plugins tell gzip by content.
  static func accepted(_ input: Manifest.Input) -> String {
    if input.type == .directory { return "tar" }
    guard let type = named(input.format) else { return "data" }
    return compressed[type].map { "\(type),\($0)" } ?? type
  }

  /// What an output is.
  static func produced(_ output: Manifest.Output) -> String {
    if output.type == .directory { return "tar" }
    let type = named(output.format)
    if output.path.hasSuffix(".gz") { return type.flatMap { compressed[$0] } ?? "data" }
    return type ?? "data"
  }
}
