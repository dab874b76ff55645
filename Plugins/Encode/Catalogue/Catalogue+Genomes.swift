extension Catalogue {
  private static let ucsc = "https://hgdownload.soe.ucsc.edu/goldenPath"
  private static let ucscTerms =
    "free to use (https://genome.ucsc.edu/license/); cite the UCSC Genome Browser"

  /// Reference genomes. Digests are those of UCSC's md5sum.txt beside the files and of NCBI's md5checksums.txt.
  static let genomes: [CatalogueSet] = [
    genome(
      "hg19", build: "hg19",
      "GRCh37 as UCSC gives it: soft-masked, with its older chrM (16,571 bases)",
      md5: "806c02398f5ac5da8ffd6da2d1d5d1a9"),
    genome(
      "hg38", build: "GRCh38", "GRCh38 as UCSC gives it: soft-masked, with alternative loci",
      md5: "1c9dcaddfa41027f17cd8f7a82c7293b", bytes: 983_659_424),
    CatalogueSet(
      name: "GRCh38", aliases: ["GRCh38-no-alt", "hg38-no-alt"], kind: .genome, build: "GRCh38",
      summary: "GRCh38's analysis set without alternative loci, which ENCODE's pipelines use",
      terms: "free to use; cite ENCODE (https://www.encodeproject.org/help/citing-encode/)",
      format: "fasta",
      files: [
        .init(
          id: "GRCh38_no_alt_analysis_set_GCA_000001405.15",
          url: "/files/GRCh38_no_alt_analysis_set_GCA_000001405.15/@@download/"
            + "GRCh38_no_alt_analysis_set_GCA_000001405.15.fasta.gz",
          mirrors: [
            "https://encode-public.s3.amazonaws.com/2015/12/03/a7fea375-057d-4cdc-8ccd-0b0f930823df/"
              + "GRCh38_no_alt_analysis_set_GCA_000001405.15.fasta.gz",
            "https://ftp.ncbi.nlm.nih.gov/genomes/all/GCA/000/001/405/GCA_000001405.15_GRCh38/"
              + "seqs_for_alignment_pipelines.ucsc_ids/GCA_000001405.15_GRCh38_no_alt_analysis_set.fna.gz",
          ],
          name: "GRCh38_no_alt_analysis_set_GCA_000001405.15.fasta.gz", bytes: 872_949_833,
          digest: .md5(
            "a08035b6a6e31780e96a34008ff21bd6",
            from:
              "https://ftp.ncbi.nlm.nih.gov/genomes/all/GCA/000/001/405/GCA_000001405.15_GRCh38/"
              + "seqs_for_alignment_pipelines.ucsc_ids/md5checksums.txt"))
      ]),
    genome(
      "mm10", build: "mm10", "GRCm38 as UCSC gives it: soft-masked",
      md5: "db005b65828db31735f384e4c5787be5"),
    CatalogueSet(
      name: "mm10-no-alt", kind: .genome, build: "mm10",
      summary: "GRCm38 without alternative loci, which ENCODE's pipelines use",
      terms: "free to use; cite ENCODE (https://www.encodeproject.org/help/citing-encode/)",
      format: "fasta",
      files: [
        .init(
          id: "mm10_no_alt_analysis_set_ENCODE",
          url: "/files/mm10_no_alt_analysis_set_ENCODE/@@download/"
            + "mm10_no_alt_analysis_set_ENCODE.fasta.gz",
          name: "mm10_no_alt_analysis_set_ENCODE.fasta.gz",
          digest: .portal("mm10_no_alt_analysis_set_ENCODE"))
      ]),
  ]

  private static func genome(
    _ name: String, build: String, _ summary: String, md5: String, bytes: Int? = nil
  ) -> CatalogueSet {
    let directory = "\(ucsc)/\(name)/bigZips"
    return CatalogueSet(
      name: name, kind: .genome, build: build, summary: summary, terms: ucscTerms, format: "fasta",
      files: [
        .init(
          id: name, url: "\(directory)/\(name).fa.gz", name: "\(name).fa.gz", bytes: bytes,
          digest: .md5(md5, from: "\(directory)/md5sum.txt"))
      ], chromosomes: "\(ucsc)/\(name)/chromosomes")
  }
}
