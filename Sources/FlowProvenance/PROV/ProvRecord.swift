/// A statement of PROV-DM (https://www.w3.org/TR/prov-dm/): both notations are written from it.
struct ProvRecord {
  enum Kind: String, CaseIterable {
    case entity, activity, agent, used, wasGeneratedBy, wasStartedBy, wasAssociatedWith,
      actedOnBehalfOf, specializationOf, hadMember

    /// The names of the arguments in PROV-JSON, in the order of PROV-N; without the identifier of the first three.
    var arguments: [String] {
      switch self {
      case .entity, .agent: []
      case .activity: ["startTime", "endTime"]
      case .used: ["activity", "entity", "time"]
      case .wasGeneratedBy: ["entity", "activity", "time"]
      case .wasStartedBy: ["activity", "trigger", "starter", "time"]
      case .wasAssociatedWith: ["activity", "agent", "plan"]
      case .actedOnBehalfOf: ["delegate", "responsible", "activity"]
      case .specializationOf: ["specificEntity", "generalEntity"]
      case .hadMember: ["collection", "entity"]
      }
    }

    /// Whether the statement is about a thing, which has an identifier.
    var isThing: Bool { self == .entity || self == .activity || self == .agent }
  }

  enum Value: Equatable {
    /// A qualified name.
    case name(String)
    case text(String)
    case integer(Int)
    case number(Double)
    case boolean(Bool)
    /// As `Instant.iso8601` writes it.
    case time(String)
  }

  var kind: Kind
  /// Of a thing.
  var id: String?
  /// As `kind.arguments`; nil where one is not known.
  var arguments: [Value?] = []
  var attributes: [(name: String, value: Value)] = []
}
