import Files

/// Media types by the endings of names; IANA's where there is one.
enum MediaType {
  static func of(_ path: String) -> String {
    let name = Path.name(path).lowercased()
    guard let dot = name.lastIndex(of: ".") else { return unknown }
    return types[String(name[name.index(after: dot)...])] ?? unknown
  }

  static let unknown = "application/octet-stream"

  private static let types = [
    "bam": "application/vnd.ga4gh.bam", "bed": "text/x-bed", "bedgraph": "text/plain",
    "bigbed": "application/octet-stream", "bz2": "application/x-bzip2",
    "cram": "application/vnd.ga4gh.cram", "csv": "text/csv", "fa": "text/x-fasta",
    "fasta": "text/x-fasta", "fastq": "text/x-fastq", "fq": "text/x-fastq",
    "gff": "text/x-gff3", "gff3": "text/x-gff3", "gtf": "text/x-gtf", "gz": "application/gzip",
    "h5": "application/x-hdf5", "hdf5": "application/x-hdf5", "html": "text/html",
    "jpeg": "image/jpeg", "jpg": "image/jpeg", "json": "application/json",
    "jsonl": "application/jsonl", "log": "text/plain", "md": "text/markdown",
    "narrowpeak": "text/x-bed", "parquet": "application/vnd.apache.parquet",
    "pdf": "application/pdf", "png": "image/png", "py": "text/x-python",
    "sam": "text/vnd.ga4gh.sam", "sh": "application/x-sh", "svg": "image/svg+xml",
    "tar": "application/x-tar", "tsv": "text/tab-separated-values", "txt": "text/plain",
    "vcf": "text/x-vcf", "xml": "application/xml", "yaml": "application/yaml",
    "yml": "application/yaml", "zip": "application/zip", "zst": "application/zstd",
  ]
}
