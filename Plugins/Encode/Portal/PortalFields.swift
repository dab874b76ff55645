import Files
import FlowPlugin

/// The fields of the portal's items, to tell a typing mistake from an empty result: the portal itself answers
/// "No results found" to a field that does not exist.
///
/// From the schemas of https://github.com/ENCODE-DCC/encoded (src/encoded/schemas, MIT licence): each type's
/// properties, those that it calculates, and its facets and columns.
enum PortalFields {
  /// Item types that may be searched for.
  static let types = [
    "Experiment", "File", "Annotation", "Reference", "FunctionalCharacterizationExperiment",
    "SingleCellUnit", "Dataset", "Biosample", "BiosampleType", "Library", "Replicate", "Target",
    "Antibody", "AntibodyLot", "Donor", "HumanDonor", "MouseDonor", "FlyDonor", "WormDonor", "Gene",
    "Lab", "Award", "Organism", "Pipeline", "Software", "Publication", "PublicationData", "Project",
    "UcscBrowserComposite", "MatchedSet", "ReferenceEpigenome", "OrganismDevelopmentSeries",
    "TreatmentTimeSeries", "TreatmentConcentrationSeries", "ReplicationTimingSeries",
    "AggregateSeries",
    "GeneSilencingSeries", "DifferentiationSeries", "SingleCellRnaSeries", "PulseChaseTimeSeries",
    "DiseaseSeries", "MultiomicsSeries", "TransgenicEnhancerExperiment", "Analysis", "Document",
    "GeneticModification", "Treatment", "Series", "FileSet", "Cart",
  ]

  /// Paths of the fields that people search by.
  static func paths(of type: String) -> [String] {
    switch type {
    case "Experiment": common + experiment
    case "File": common + file
    case "Annotation": common + annotation
    default: []
    }
  }

  private static let common = words(
    """
    @id @type accession aliases alternate_accessions assay_term_name assay_title assembly award.project award.rfa \
    biosample_ontology.cell_slims biosample_ontology.classification biosample_ontology.organ_slims \
    biosample_ontology.developmental_slims biosample_ontology.system_slims biosample_ontology.term_id \
    biosample_ontology.term_name date_created date_released date_submitted dbxrefs description lab.name lab.title \
    status submitted_by.title superseded_by supersedes uuid
    """)

  private static let experiment = words(
    """
    analyses.assembly analyses.genome_annotation analyses.pipeline_version analyses.status assay_slims assay_term_id \
    biosample_summary bio_replicate_count category_slims control_type contributing_files doi documents files.@id \
    files.accession files.assembly files.biological_replicates files.file_format files.file_format_type files.file_type \
    files.genome_annotation files.mapped_read_length files.output_category files.output_type \
    files.platform.term_name files.preferred_default files.read_length files.run_type files.status hub \
    internal_status internal_tags life_stage_age objective_slims original_files perturbed possible_controls \
    possible_controls.accession protein_tags.name references related_files related_series related_series.@type \
    replicates.@id replicates.antibody.accession replicates.biological_replicate_number \
    replicates.library.accession replicates.library.biosample.accession \
    replicates.library.biosample.age_display replicates.library.biosample.disease_term_name \
    replicates.library.biosample.donor.accession replicates.library.biosample.donor.organism.scientific_name \
    replicates.library.biosample.life_stage replicates.library.biosample.organism.scientific_name \
    replicates.library.biosample.sex replicates.library.biosample.subcellular_fraction_term_name \
    replicates.library.biosample.synchronization replicates.library.biosample.treatments.treatment_term_name \
    replicates.library.construction_method replicates.library.construction_platform.term_name \
    replicates.library.depleted_in_term_name replicates.library.mixed_biosamples \
    replicates.library.nucleic_acid_term_name replicates.library.size_range \
    replicates.technical_replicate_number replication_type simple_biosample_summary target.@id \
    target.genes.symbol target.investigated_as target.label target.name target.title tech_replicate_count type_slims
    """)

  private static let file = words(
    """
    analysis_step_version annotation_subtype annotation_type azure_uri biochemical_inputs biological_replicates \
    cloud_metadata.file_size cloud_metadata.url content_md5sum controlled_by cropped_read_length \
    cropped_read_length_tolerance dataset derived_from donors encyclopedia_version fastq_signature file_format \
    file_format_type file_size file_type flowcell_details.flowcell genome_annotation href index_of library \
    mapped_read_length mapped_run_type matching_md5sum md5sum no_file_available origin_batches output_category \
    output_type paired_end paired_with platform.term_name preferred_default quality_metrics read_count \
    read_length read_length_units read_structure replicate.library.accession restricted revoke_detail run_type s3_uri \
    simple_biosample_summary step_run submitted_file_name submitter_comment target.@id target.genes.symbol \
    target.investigated_as target.label targets.label technical_replicates title
    """)

  private static let annotation = words(
    """
    annotation_subtype annotation_type biochemical_inputs disease_term_name donor.accession encyclopedia_version \
    experimental_input files.@id files.accession files.assembly files.file_format files.file_format_type \
    files.file_type files.mapped_read_length files.output_type files.read_length files.run_type files.status \
    organism.scientific_name relevant_life_stage relevant_timepoint relevant_timepoint_units \
    software_used.software.name software_used.software.title targets.@id targets.genes.symbol \
    targets.investigated_as targets.label trait treatments.treatment_term_name
    """)

  private static func words(_ text: String) -> [String] {
    text.split(whereSeparator: \.isWhitespace).map(String.init)
  }

  /// Checks the names in a query.
  ///
  /// A field under a property that no item of the type has is a mistake. A deeper one that is not listed here may
  /// exist (an item embeds thousands), so it is only told.
  ///
  /// - Returns: what to warn of.
  static func check(_ query: PortalQuery) throws(StepFailure) -> [String] {
    for type in query.types where !types.contains(type) {
      let fix = Suggestion.nearest(to: type, among: types).map { "; did you mean '\($0)'?" }
      throw StepFailure(.invalid, "the portal has no items of type '\(cell(type))'\(fix ?? "")")
    }
    let known = Set(query.types.flatMap(paths))
    guard !known.isEmpty, query.types.allSatisfy({ !paths(of: $0).isEmpty }) else { return [] }
    let roots = Set(known.map(root))
    var warnings: [String] = []
    for term in query.terms
    where !PortalQuery.searching.contains(term.field) && !known.contains(term.field) {
      let near = Suggestion.nearest(to: term.field, among: known.sorted())
      let fix = near.map { "; did you mean '\($0)'?" } ?? ""
      let said =
        "'\(cell(term.field))' is not a known field of \(query.types.joined(separator: ", "))"
      guard roots.contains(root(term.field)) else {
        throw StepFailure(
          .invalid,
          said + fix + (near == nil ? "; check_fields: false asks for it all the same" : ""))
      }
      if !warnings.contains(where: { $0.hasPrefix(said) }) { warnings.append(said + fix) }
    }
    return warnings
  }

  private static func root(_ path: String) -> String { String(path.prefix { $0 != "." }) }
}
