import CSQLite

/// What SQLite could not do: its code and words, and the statement.
public struct SQLiteError: Error, CustomStringConvertible, Sendable {
  public let code: Int32
  public let message: String
  public let sql: String

  public var description: String {
    var text = "the provenance database cannot be used: \(message) (SQLite code \(code))"
    if code == SQLITE_CORRUPT || code == SQLITE_NOTADB {
      text +=
        "\n  fix: run a workflow; it puts the file aside and takes the results from their directories"
    }
    if code == SQLITE_AUTH {
      text += "\n  fix: let the other run end, and find out why the lock on the directory was lost"
    }
    return text
  }
}

/// A value of a column.
public enum SQLValue: Equatable, Sendable {
  case null
  case integer(Int)
  case real(Double)
  case text(String)

  init(_ value: Int?) { self = value.map { .integer($0) } ?? .null }
  init(_ value: Double?) { self = value.map { .real($0) } ?? .null }
  init(_ value: String?) { self = value.map { .text($0) } ?? .null }
}

/// A connection to an SQLite file; used from one thread.
final class SQLiteConnection {
  private let path: String
  private var handle: OpaquePointer?
  /// Prepared statements by their text: a run repeats a dozen of them thousands of times.
  private var prepared: [String: OpaquePointer] = [:]
  /// Whether writes are gathered: a commit costs more than all that a small step writes.
  var gathers = false
  /// What was written since the last commit; nil where nothing was.
  private var batch: [(sql: String, values: [SQLValue])]?
  /// A question that must have an answer when a transaction of gathered writes begins.
  var fence: (sql: String, values: [SQLValue])?
  /// When the first of them was, on the monotonic clock.
  private var batchBegan = 0.0

  /// - Parameter isImmutable: whether nobody can change the file meanwhile, so that no lock is needed.
  init(_ path: String, readOnly: Bool = false, isImmutable: Bool = false) throws(SQLiteError) {
    self.path = path
    var flags = readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
    var name = path
    if isImmutable {
      // https://www.sqlite.org/uri.html: '%', '?' and '#' mean something in an address.
      let escaped = path.replacing("%", with: "%25").replacing("?", with: "%3f")
        .replacing("#", with: "%23")
      name = "file:\(escaped)?immutable=1"
      flags |= SQLITE_OPEN_URI
    }
    let code = sqlite3_open_v2(name, &handle, flags, nil)
    guard code == SQLITE_OK else {
      defer { sqlite3_close_v2(handle) }
      throw SQLiteError(
        code: code, message: "\(path): \(String(cString: sqlite3_errmsg(handle)))", sql: "open")
    }
    sqlite3_busy_timeout(handle, 10_000)
  }

  deinit {
    for statement in prepared.values { sqlite3_finalize(statement) }
    sqlite3_close_v2(handle)
  }

  /// Runs a statement and returns its rows, each as what is made of it: of many rows, one is kept at a time.
  func run<Element>(
    _ sql: String, _ values: [SQLValue] = [], as make: (SQLRow) -> Element
  ) throws(SQLiteError) -> [Element] {
    var made: [Element] = []
    try each(sql, values) { made.append(make($0)) }
    return made
  }

  /// Runs a statement and takes its rows one after the other.
  func each(
    _ sql: String, _ values: [SQLValue], take: (SQLRow) -> Void
  ) throws(SQLiteError) {
    try step(try statement(sql), sql, values, each: take)
  }

  /// Runs a statement and returns its rows.
  @discardableResult
  func run(_ sql: String, _ values: [SQLValue] = []) throws(SQLiteError) -> [SQLRow] {
    let statement = try statement(sql)
    guard gathers, sqlite3_stmt_readonly(statement) == 0 else {
      return try step(statement, sql, values)
    }
    try beginBatch()
    let rows = try step(statement, sql, values)
    batch?.append((sql, values))
    return rows
  }

  private func step(
    _ statement: OpaquePointer?, _ sql: String, _ values: [SQLValue]
  ) throws(SQLiteError) -> [SQLRow] {
    var rows: [SQLRow] = []
    try step(statement, sql, values, each: { rows.append($0) })
    return rows
  }

  private func step(
    _ statement: OpaquePointer?, _ sql: String, _ values: [SQLValue], each take: (SQLRow) -> Void
  ) throws(SQLiteError) {
    defer {
      sqlite3_reset(statement)
      sqlite3_clear_bindings(statement)
    }
    for (position, value) in values.enumerated() {
      let index = Int32(position + 1)
      switch value {
      case .null: sqlite3_bind_null(statement, index)
      case .integer(let integer): sqlite3_bind_int64(statement, index, Int64(integer))
      case .real(let number): sqlite3_bind_double(statement, index, number)
      case .text(let text):
        // SQLITE_TRANSIENT, a cast that Swift does not import: SQLite copies the text.
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        sqlite3_bind_text(statement, index, text, -1, transient)
      }
    }
    var positions: [String: Int]?
    while true {
      switch sqlite3_step(statement) {
      case SQLITE_ROW:
        let known = positions ?? SQLRow.positions(statement)
        positions = known
        take(SQLRow(statement, known))
      case SQLITE_DONE: return
      case let code: throw failure(code, sql)
      }
    }
  }

  /// Several statements without values.
  func script(_ sql: String) throws(SQLiteError) {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    if code != SQLITE_OK { throw failure(code, sql) }
  }

  /// All of `body` or nothing of it.
  func transaction(_ body: () throws -> Void) throws {
    guard gathers else { return try alone(body) }
    try beginBatch()
    let before = batch?.count ?? 0
    try execute("SAVEPOINT part")
    do {
      try body()
      try execute("RELEASE part")
    } catch {
      _ = try? execute("ROLLBACK TO part")
      _ = try? execute("RELEASE part")
      batch?.removeSubrange(before...)
      throw error
    }
  }

  private func alone(_ body: () throws -> Void) throws {
    try execute("BEGIN IMMEDIATE")
    do {
      try body()
      try execute("COMMIT")
    } catch {
      _ = try? execute("ROLLBACK")
      throw error
    }
  }

  private func beginBatch() throws(SQLiteError) {
    guard batch == nil else { return }
    try execute("BEGIN IMMEDIATE")
    try checkFence()
    batch = []
    batchBegan = monotonicSeconds()
  }

  private func checkFence() throws(SQLiteError) {
    guard let fence, try step(statement(fence.sql), fence.sql, fence.values).isEmpty else { return }
    _ = try? execute("ROLLBACK")
    throw SQLiteError(code: SQLITE_AUTH, message: "another run writes to it now", sql: fence.sql)
  }

  /// For how many seconds something has been waiting for a commit; 0 where nothing is.
  var gathering: Double { batch == nil ? 0 : monotonicSeconds() - batchBegan }

  /// Commits what was gathered.
  ///
  /// Where that fails nothing is forgotten: call it again when the cause, for instance a full disk, is mended. SQLite
  /// drops the whole transaction in that case, so its statements are run once more.
  func commit() throws(SQLiteError) {
    guard let statements = batch else { return }
    if sqlite3_get_autocommit(handle) != 0 {
      try execute("BEGIN IMMEDIATE")
      try checkFence()
      for (sql, values) in statements { _ = try step(try statement(sql), sql, values) }
    }
    try execute("COMMIT")
    batch = nil
  }

  private func execute(_ sql: String) throws(SQLiteError) {
    _ = try step(try statement(sql), sql, [])
  }

  /// The row id of the last insert.
  var lastInserted: Int { Int(sqlite3_last_insert_rowid(handle)) }

  private func statement(_ sql: String) throws(SQLiteError) -> OpaquePointer? {
    if let statement = prepared[sql] { return statement }
    var statement: OpaquePointer?
    let code = sqlite3_prepare_v2(handle, sql, -1, &statement, nil)
    guard code == SQLITE_OK, let statement else { throw failure(code, sql) }
    prepared[sql] = statement
    return statement
  }

  private func failure(_ code: Int32, _ sql: String) -> SQLiteError {
    SQLiteError(
      code: code, message: "\(path): \(String(cString: sqlite3_errmsg(handle)))", sql: sql)
  }
}

/// One row of a result, its columns by name.
struct SQLRow {
  /// Where each column stands; all rows of a result share it.
  private let positions: [String: Int]
  private let values: [SQLValue]

  fileprivate init(_ statement: OpaquePointer?, _ positions: [String: Int]) {
    self.positions = positions
    values = (0..<sqlite3_column_count(statement)).map { column in
      switch sqlite3_column_type(statement, column) {
      case SQLITE_INTEGER: .integer(Int(sqlite3_column_int64(statement, column)))
      case SQLITE_FLOAT: .real(sqlite3_column_double(statement, column))
      case SQLITE_TEXT:
        .text(sqlite3_column_text(statement, column).map { String(cString: $0) } ?? "")
      default: .null
      }
    }
  }

  /// The positions of a statement's columns; of two with one name, the last.
  fileprivate static func positions(_ statement: OpaquePointer?) -> [String: Int] {
    var positions: [String: Int] = [:]
    for column in 0..<sqlite3_column_count(statement) {
      if let name = sqlite3_column_name(statement, column) {
        positions[String(cString: name)] = Int(column)
      }
    }
    return positions
  }

  private func value(_ name: String) -> SQLValue? { positions[name].map { values[$0] } }

  func text(_ name: String) -> String? {
    if case .text(let text) = value(name) { text } else { nil }
  }

  func integer(_ name: String) -> Int? {
    if case .integer(let integer) = value(name) { integer } else { nil }
  }

  func number(_ name: String) -> Double? {
    switch value(name) {
    case .real(let number): number
    case .integer(let integer): Double(integer)
    default: nil
    }
  }
}
