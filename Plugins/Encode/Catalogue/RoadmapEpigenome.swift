/// The 127 epigenomes of the Roadmap Epigenomics Consortium, 16 of them ENCODE's, for which segmentations exist.
///
/// Kundaje et al. 2015, https://doi.org/10.1038/nature14248; its table of epigenomes (`EID`, mnemonic, group, name, and
/// whether H3K27ac was measured, which the 18-state model needs: 98 of them). E060 and E064 do not exist.
struct RoadmapEpigenome: Equatable, Sendable {
  /// `E001` to `E129`.
  let id: String
  /// `BLD.GM12878`.
  let mnemonic: String
  /// `Blood & T-cell`.
  let group: String
  let hasH3K27ac: Bool
  let name: String

  /// The place among all, from 1: the number that IDEAS' files have instead of the id.
  ///
  /// Zhang & Hardison 2017 (https://doi.org/10.1093/nar/gkx659); their trackDb_test.txt gives GM12878 (E116) as 114 and
  /// K562 (E123) as 121.
  var rank: Int { (Self.all.firstIndex(of: self) ?? -1) + 1 }

  /// Sorted by id.
  static let all: [RoadmapEpigenome] = table.split(separator: "\n").map { line in
    let fields = line.split(separator: "|").map(String.init)
    return RoadmapEpigenome(
      id: fields[0], mnemonic: fields[1], group: fields[2], hasH3K27ac: fields[3] == "+",
      name: fields[4])
  }

  /// Those that a text means: an id, a mnemonic, or words of one name, such as `K562`.
  static func matching(_ text: String) -> [RoadmapEpigenome] {
    let wanted = text.lowercased()
    let exact = all.filter { [$0.id, $0.mnemonic, $0.name].contains { $0.lowercased() == wanted } }
    if !exact.isEmpty || wanted.isEmpty { return exact }
    let isLetter: (Character) -> Bool = { $0.isLetter || $0.isNumber }
    return all.filter { epigenome in
      let name = epigenome.name.lowercased()
      return name.ranges(of: wanted).contains { range in
        (range.lowerBound == name.startIndex
          || !isLetter(name[name.index(before: range.lowerBound)]))
          && (range.upperBound == name.endIndex || !isLetter(name[range.upperBound]))
      }
    }
  }

  // id|mnemonic|group|H3K27ac|name
  private static let table = """
    E001|ESC.I3|ESC|-|ES-I3 Cells
    E002|ESC.WA7|ESC|-|ES-WA7 Cells
    E003|ESC.H1|ESC|+|H1 Cells
    E004|ESDR.H1.BMP4.MESO|ES-deriv|+|H1 BMP4 Derived Mesendoderm Cultured Cells
    E005|ESDR.H1.BMP4.TROP|ES-deriv|+|H1 BMP4 Derived Trophoblast Cultured Cells
    E006|ESDR.H1.MSC|ES-deriv|+|H1 Derived Mesenchymal Stem Cells
    E007|ESDR.H1.NEUR.PROG|ES-deriv|+|H1 Derived Neuronal Progenitor Cultured Cells
    E008|ESC.H9|ESC|+|H9 Cells
    E009|ESDR.H9.NEUR.PROG|ES-deriv|-|H9 Derived Neuronal Progenitor Cultured Cells
    E010|ESDR.H9.NEUR|ES-deriv|-|H9 Derived Neuron Cultured Cells
    E011|ESDR.CD184.ENDO|ES-deriv|+|hESC Derived CD184+ Endoderm Cultured Cells
    E012|ESDR.CD56.ECTO|ES-deriv|+|hESC Derived CD56+ Ectoderm Cultured Cells
    E013|ESDR.CD56.MESO|ES-deriv|+|hESC Derived CD56+ Mesoderm Cultured Cells
    E014|ESC.HUES48|ESC|+|HUES48 Cells
    E015|ESC.HUES6|ESC|+|HUES6 Cells
    E016|ESC.HUES64|ESC|+|HUES64 Cells
    E017|LNG.IMR90|IMR90|+|IMR90 fetal lung fibroblasts Cell Line
    E018|IPSC.15b|iPSC|-|iPS-15b Cells
    E019|IPSC.18|iPSC|+|iPS-18 Cells
    E020|IPSC.20B|iPSC|+|iPS-20b Cells
    E021|IPSC.DF.6.9|iPSC|+|iPS DF 6.9 Cells
    E022|IPSC.DF.19.11|iPSC|+|iPS DF 19.11 Cells
    E023|FAT.MSC.DR.ADIP|Mesench|-|Mesenchymal Stem Cell Derived Adipocyte Cultured Cells
    E024|ESC.4STAR|ESC|-|ES-UCSF4 Cells
    E025|FAT.ADIP.DR.MSC|Mesench|-|Adipose Derived Mesenchymal Stem Cell Cultured Cells
    E026|STRM.MRW.MSC|Mesench|+|Bone Marrow Derived Cultured Mesenchymal Stem Cells
    E027|BRST.MYO|Epithelial|-|Breast Myoepithelial Primary Cells
    E028|BRST.HMEC.35|Epithelial|-|Breast variant Human Mammary Epithelial Cells (vHMEC)
    E029|BLD.CD14.PC|HSC & B-cell|+|Primary monocytes from peripheral blood
    E030|BLD.CD15.PC|HSC & B-cell|-|Primary neutrophils from peripheral blood
    E031|BLD.CD19.CPC|HSC & B-cell|-|Primary B cells from cord blood
    E032|BLD.CD19.PPC|HSC & B-cell|+|Primary B cells from peripheral blood
    E033|BLD.CD3.CPC|Blood & T-cell|-|Primary T cells from cord blood
    E034|BLD.CD3.PPC|Blood & T-cell|+|Primary T cells from peripheral blood
    E035|BLD.CD34.PC|HSC & B-cell|-|Primary hematopoietic stem cells
    E036|BLD.CD34.CC|HSC & B-cell|-|Primary hematopoietic stem cells short term culture
    E037|BLD.CD4.MPC|Blood & T-cell|+|Primary T helper memory cells from peripheral blood 2
    E038|BLD.CD4.NPC|Blood & T-cell|+|Primary T helper naive cells from peripheral blood
    E039|BLD.CD4.CD25M.CD45RA.NPC|Blood & T-cell|+|Primary T helper naive cells from peripheral blood
    E040|BLD.CD4.CD25M.CD45RO.MPC|Blood & T-cell|+|Primary T helper memory cells from peripheral blood 1
    E041|BLD.CD4.CD25M.IL17M.PL.TPC|Blood & T-cell|+|Primary T helper cells PMA-I stimulated
    E042|BLD.CD4.CD25M.IL17P.PL.TPC|Blood & T-cell|+|Primary T helper 17 cells PMA-I stimulated
    E043|BLD.CD4.CD25M.TPC|Blood & T-cell|+|Primary T helper cells from peripheral blood
    E044|BLD.CD4.CD25.CD127M.TREGPC|Blood & T-cell|+|Primary T regulatory cells from peripheral blood
    E045|BLD.CD4.CD25I.CD127.TMEMPC|Blood & T-cell|+|Primary T cells effector/memory enriched from peripheral blood
    E046|BLD.CD56.PC|HSC & B-cell|+|Primary Natural Killer cells from peripheral blood
    E047|BLD.CD8.NPC|Blood & T-cell|+|Primary T CD8+ naive cells from peripheral blood
    E048|BLD.CD8.MPC|Blood & T-cell|+|Primary T CD8+ memory cells from peripheral blood
    E049|STRM.CHON.MRW.DR.MSC|Mesench|+|Mesenchymal Stem Cell Derived Chondrocyte Cultured Cells
    E050|BLD.MOB.CD34.PC.F|HSC & B-cell|+|Primary hematopoietic stem cells G-CSF-mobilized Female
    E051|BLD.MOB.CD34.PC.M|HSC & B-cell|-|Primary hematopoietic stem cells G-CSF-mobilized Male
    E052|MUS.SAT|Myosat|-|Muscle Satellite Cultured Cells
    E053|BRN.CRTX.DR.NRSPHR|Neurosph|-|Cortex derived primary cultured neurospheres
    E054|BRN.GANGEM.DR.NRSPHR|Neurosph|-|Ganglion Eminence derived primary cultured neurospheres
    E055|SKIN.PEN.FRSK.FIB.01|Epithelial|+|Foreskin Fibroblast Primary Cells skin01
    E056|SKIN.PEN.FRSK.FIB.02|Epithelial|+|Foreskin Fibroblast Primary Cells skin02
    E057|SKIN.PEN.FRSK.KER.02|Epithelial|-|Foreskin Keratinocyte Primary Cells skin02
    E058|SKIN.PEN.FRSK.KER.03|Epithelial|+|Foreskin Keratinocyte Primary Cells skin03
    E059|SKIN.PEN.FRSK.MEL.01|Epithelial|+|Foreskin Melanocyte Primary Cells skin01
    E061|SKIN.PEN.FRSK.MEL.03|Epithelial|+|Foreskin Melanocyte Primary Cells skin03
    E062|BLD.PER.MONUC.PC|Blood & T-cell|+|Primary mononuclear cells from peripheral blood
    E063|FAT.ADIP.NUC|Adipose|+|Adipose Nuclei
    E065|VAS.AOR|Heart|+|Aorta
    E066|LIV.ADLT|Other|+|Liver
    E067|BRN.ANG.GYR|Brain|+|Brain Angular Gyrus
    E068|BRN.ANT.CAUD|Brain|+|Brain Anterior Caudate
    E069|BRN.CING.GYR|Brain|+|Brain Cingulate Gyrus
    E070|BRN.GRM.MTRX|Brain|-|Brain Germinal Matrix
    E071|BRN.HIPP.MID|Brain|+|Brain Hippocampus Middle
    E072|BRN.INF.TMP|Brain|+|Brain Inferior Temporal Lobe
    E073|BRN.DL.PRFRNTL.CRTX|Brain|+|Brain Dorsolateral Prefrontal Cortex
    E074|BRN.SUB.NIG|Brain|+|Brain Substantia Nigra
    E075|GI.CLN.MUC|Digestive|+|Colonic Mucosa
    E076|GI.CLN.SM.MUS|Sm. Muscle|+|Colon Smooth Muscle
    E077|GI.DUO.MUC|Digestive|-|Duodenum Mucosa
    E078|GI.DUO.SM.MUS|Sm. Muscle|+|Duodenum Smooth Muscle
    E079|GI.ESO|Digestive|+|Esophagus
    E080|ADRL.GLND.FET|Other|+|Fetal Adrenal Gland
    E081|BRN.FET.M|Brain|-|Fetal Brain Male
    E082|BRN.FET.F|Brain|-|Fetal Brain Female
    E083|HRT.FET|Heart|-|Fetal Heart
    E084|GI.L.INT.FET|Digestive|+|Fetal Intestine Large
    E085|GI.S.INT.FET|Digestive|+|Fetal Intestine Small
    E086|KID.FET|Other|-|Fetal Kidney
    E087|PANC.ISLT|Other|+|Pancreatic Islets
    E088|LNG.FET|Other|-|Fetal Lung
    E089|MUS.TRNK.FET|Muscle|+|Fetal Muscle Trunk
    E090|MUS.LEG.FET|Muscle|+|Fetal Muscle Leg
    E091|PLCNT.FET|Other|+|Placenta
    E092|GI.STMC.FET|Digestive|+|Fetal Stomach
    E093|THYM.FET|Thymus|+|Fetal Thymus
    E094|GI.STMC.GAST|Digestive|+|Gastric
    E095|HRT.VENT.L|Heart|+|Left Ventricle
    E096|LNG|Other|+|Lung
    E097|OVRY|Other|+|Ovary
    E098|PANC|Other|+|Pancreas
    E099|PLCNT.AMN|Other|+|Placenta Amnion
    E100|MUS.PSOAS|Muscle|+|Psoas Muscle
    E101|GI.RECT.MUC.29|Digestive|+|Rectal Mucosa Donor 29
    E102|GI.RECT.MUC.31|Digestive|+|Rectal Mucosa Donor 31
    E103|GI.RECT.SM.MUS|Sm. Muscle|+|Rectal Smooth Muscle
    E104|HRT.ATR.R|Heart|+|Right Atrium
    E105|HRT.VNT.R|Heart|+|Right Ventricle
    E106|GI.CLN.SIG|Digestive|+|Sigmoid Colon
    E107|MUS.SKLT.M|Muscle|-|Skeletal Muscle Male
    E108|MUS.SKLT.F|Muscle|+|Skeletal Muscle Female
    E109|GI.S.INT|Digestive|+|Small Intestine
    E110|GI.STMC.MUC|Digestive|-|Stomach Mucosa
    E111|GI.STMC.MUS|Sm. Muscle|+|Stomach Smooth Muscle
    E112|THYM|Thymus|+|Thymus
    E113|SPLN|Other|+|Spleen
    E114|LNG.A549.ETOH002.CNCR|ENCODE2012|+|A549 EtOH 0.02pct Lung Carcinoma Cell Line
    E115|BLD.DND41.CNCR|ENCODE2012|+|Dnd41 TCell Leukemia Cell Line
    E116|BLD.GM12878|ENCODE2012|+|GM12878 Lymphoblastoid Cells
    E117|CRVX.HELAS3.CNCR|ENCODE2012|+|HeLa-S3 Cervical Carcinoma Cell Line
    E118|LIV.HEPG2.CNCR|ENCODE2012|+|HepG2 Hepatocellular Carcinoma Cell Line
    E119|BRST.HMEC|ENCODE2012|+|HMEC Mammary Epithelial Primary Cells
    E120|MUS.HSMM|ENCODE2012|+|HSMM Skeletal Muscle Myoblasts Cells
    E121|MUS.HSMMT|ENCODE2012|+|HSMM cell derived Skeletal Muscle Myotubes Cells
    E122|VAS.HUVEC|ENCODE2012|+|HUVEC Umbilical Vein Endothelial Primary Cells
    E123|BLD.K562.CNCR|ENCODE2012|+|K562 Leukemia Cells
    E124|BLD.CD14.MONO|ENCODE2012|+|Monocytes-CD14+ RO01746 Primary Cells
    E125|BRN.NHA|ENCODE2012|+|NH-A Astrocytes Primary Cells
    E126|SKIN.NHDFAD|ENCODE2012|+|NHDF-Ad Adult Dermal Fibroblast Primary Cells
    E127|SKIN.NHEK|ENCODE2012|+|NHEK-Epidermal Keratinocyte Primary Cells
    E128|LNG.NHLF|ENCODE2012|+|NHLF Lung Fibroblast Primary Cells
    E129|BONE.OSTEO|ENCODE2012|+|Osteoblast Primary Cells
    """
}
