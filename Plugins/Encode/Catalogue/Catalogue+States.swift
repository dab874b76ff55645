extension Catalogue {
  /// https://egg2.wustl.edu/roadmap/web_portal/chr_state_learning.html
  private static let roadmap = "https://egg2.wustl.edu/roadmap/data"
  private static let roadmapTerms =
    "free to use; cite Kundaje et al. 2015 (https://doi.org/10.1038/nature14248)"

  /// Segmentations of the Roadmap epigenomes, in bins of 200 bases.
  static let states: [CatalogueSet] = [
    chromHMM(
      "roadmap15", model: "coreMarks", file: "15_coreMarks", lifted: false,
      "ChromHMM, 15 states from 5 marks, 127 epigenomes"),
    chromHMM(
      "roadmap18", model: "core_K27ac", file: "18_core_K27ac", lifted: false,
      "ChromHMM, 18 states from 6 marks, the 98 epigenomes with H3K27ac"),
    chromHMM(
      "roadmap25", model: "imputed12marks", file: "25_imputed12marks", lifted: false,
      "ChromHMM, 25 states from 12 imputed marks, 127 epigenomes"),
    chromHMM(
      "roadmap15-hg38", model: "coreMarks", file: "15_coreMarks", lifted: true,
      "roadmap15 lifted over to hg38: not in bins any more"),
    chromHMM(
      "roadmap18-hg38", model: "core_K27ac", file: "18_core_K27ac", lifted: true,
      "roadmap18 lifted over to hg38: not in bins any more"),
    ideas,
  ]

  private static func chromHMM(
    _ name: String, model: String, file: String, lifted: Bool, _ summary: String
  ) -> CatalogueSet {
    let directory =
      "\(roadmap)/byFileType/chromhmmSegmentations/ChmmModels/\(model)/jointModel/final"
    let kind = lifted ? "\(file)_hg38lift" : file
    let epigenomes = RoadmapEpigenome.all.filter { model != "core_K27ac" || $0.hasH3K27ac }
    return CatalogueSet(
      name: name, kind: .states, build: lifted ? "GRCh38" : "hg19", summary: summary,
      terms: roadmapTerms, format: "bed",
      files: epigenomes.map { epigenome in
        let id = "\(epigenome.id)_\(kind)"
        return .init(
          id: id, url: "\(directory)/\(id)_mnemonics.bed.gz", name: "\(id)_mnemonics.bed.gz",
          digest: .list("\(roadmap)/checksums.md5"), epigenome: epigenome)
      })
  }

  /// http://bx.psu.edu/~yuzhang/Roadmap_ideas/trackDb_test.txt; the files are numbered by the epigenomes' rank.
  private static let ideas = CatalogueSet(
    name: "ideas20", kind: .states, build: "hg19",
    summary: "IDEAS, 20 states from 5 marks, 127 epigenomes",
    terms: "cite Zhang & Hardison 2017 (https://doi.org/10.1093/nar/gkx659)", format: "bigBed",
    files: RoadmapEpigenome.all.map { epigenome in
      .init(
        id: "\(epigenome.id)_ideas20",
        url: "http://bx.psu.edu/~yuzhang/Roadmap_ideas/test1.\(epigenome.rank).bb",
        name: "\(epigenome.id)_ideas20.bb", digest: .none, epigenome: epigenome)
    })
}
