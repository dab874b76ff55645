/// The version of this flow.
public let flowVersion = "0.1.0"
