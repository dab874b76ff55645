"""Checks of exported histories by independent readers; scripts/check-provenance.sh calls it."""

import glob
import gzip
import hashlib
import io
import json
import os
import re
import sys
from urllib.parse import unquote


def fail(*words):
    print("check-provenance:", *words, file=sys.stderr)
    sys.exit(1)


def contexts(fixtures, cache):
    """Puts the JSON-LD contexts where rocrate-validator looks for what it has fetched before."""
    import requests
    from requests_cache import CachedSession
    from urllib3 import HTTPResponse

    with gzip.open(f"{fixtures}/context-1.1.jsonld.gz") as file:
        crate = file.read()
    with open(f"{fixtures}/context-workflow-run.jsonld", "rb") as file:
        terms = file.read()
    texts = {
        "https://w3id.org/ro/crate/1.1/context": crate,
        "https://w3id.org/ro/terms/workflow-run/context": terms,
        "https://w3id.org/ro/terms/workflow-run": terms,
    }

    class Adapter(requests.adapters.BaseAdapter):
        def send(self, request, **_):
            raw = HTTPResponse(
                body=io.BytesIO(texts[request.url]), status=200, preload_content=False,
                headers={"Content-Type": "application/ld+json"})
            raw._request_url = request.url
            return requests.adapters.HTTPAdapter().build_response(request, raw)

        def close(self):
            pass

    session = CachedSession(cache_name=cache, expire_after=-1, backend="sqlite")
    session.mount("https://", Adapter())
    for address in texts:
        for accept in (None, "application/ld+json", "application/ld+json, application/json"):
            session.get(address, headers={"Accept": accept} if accept else {})


def crate(directory):
    """Every file of a crate is there with the size and the hash that are told, and everything named is told of."""
    with open(f"{directory}/ro-crate-metadata.json") as file:
        graph = json.load(file)["@graph"]
    entities = {}
    for entity in graph:
        if entity["@id"] in entities:
            fail("two entities are", entity["@id"])
        entities[entity["@id"]] = entity

    def references(value):
        if isinstance(value, dict):
            yield value["@id"]
        elif isinstance(value, list):
            for element in value:
                yield from references(element)

    elsewhere = ("https://", "http://")
    files = 0
    for entity in graph:
        for name, value in entity.items():
            for target in references(value):
                if target not in entities and not target.startswith(elsewhere):
                    fail(entity["@id"], "names", target, "as its", name, "which is not told of")
        types = entity["@type"] if isinstance(entity["@type"], list) else [entity["@type"]]
        if "File" in types and not entity["@id"].startswith("#"):
            with open(os.path.join(directory, unquote(entity["@id"])), "rb") as file:
                content = file.read()
            if str(len(content)) != entity["contentSize"]:
                fail(entity["@id"], "has another size")
            if hashlib.sha256(content).hexdigest() != entity["sha256"]:
                fail(entity["@id"], "has another hash")
            files += 1
    told = {unquote(name) for name in entities}
    for root, _, names in os.walk(directory):
        for name in names:
            path = os.path.relpath(os.path.join(root, name), directory)
            if path not in told:
                fail(path, "lies in the crate and is not told of")
    if not any("croissant" in str(entity.get("conformsTo")) for entity in graph):
        fail("the corpus is not linked with its Croissant metadata")
    print(f"ok  {len(graph)} entities of {directory}: {files} files as told, no loose ends")


def prov(json_path, provn_path):
    """PROV-JSON is read by the prov package; PROV-N holds the same statements by a reader of its grammar."""
    from prov.model import ProvDocument

    document = ProvDocument.deserialize(json_path, format="json")
    statements = sorted(_statement(line) for line in _provn(document.get_provn()))
    with open(provn_path, encoding="utf-8") as file:
        ours = sorted(_statement(line) for line in _provn(file.read()))
    if statements != ours:
        for ours_one, theirs in zip(ours, statements):
            if ours_one != theirs:
                fail("PROV-N has\n ", ours_one, "\nand PROV-JSON\n ", theirs)
        fail("PROV-N and PROV-JSON have different numbers of statements")
    # What PROV-CONSTRAINTS asks first: everything named is told of, and made before it was used.
    told = {s[1][0] for s in ours if s[0] in ("entity", "activity", "agent")}
    made, by = {}, {}
    times = {s[1][0]: s[1][1:] for s in ours if s[0] == "activity"}
    for kind, arguments, _ in ours:
        for argument in arguments:
            if ":" in argument and not re.match(r"\d{4}-", argument) and argument not in told:
                fail(argument, "is named and not told of")
        if kind == "wasGeneratedBy":
            if arguments[0] in made:
                fail(arguments[0], "was made twice")
            made[arguments[0]], by[arguments[0]] = arguments[2], arguments[1]
    for kind, arguments, _ in ours:
        if kind == "used" and arguments[1] in made:
            ended = times[arguments[0]][1] if len(times[arguments[0]]) > 1 else "-"
            if ended != "-" and made[arguments[1]] != "-" and ended < made[arguments[1]]:
                fail(arguments[1], "was used before it was made")
    print(f"ok  {len(ours)} statements of PROV, the same in both notations")


NAME = r"[A-Za-z_][\w.-]*:(?:[\w/@~&+*?#$!.-]|%[0-9A-Fa-f]{2}|\\[='(),:;\[\].-])+"
STRING = r'"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\["\\ntrbf\'])*"'
TOKEN = re.compile(
    rf"\s*(?:({STRING})(?:\s*%%\s*({NAME}))?|'({NAME})'|(\d{{4}}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d))"
    rf"|(-?\d+(?:\.\d+)?)|({NAME})|([-=,;\[\]()])|([a-zA-Z]+))", re.S)


def _provn(text):
    """The statements of a PROV-N document, each as a list of tokens."""
    text = text.strip()
    if not text.startswith("document") or not text.endswith("endDocument"):
        fail("this is no PROV-N document")
    body = text[len("document"):-len("endDocument")]
    body = re.sub(r"^\s*prefix\s+[A-Za-z_]\w*\s+<[^<>\"\s]*>\s*$", "", body, flags=re.M)
    position, tokens = 0, []
    while body[position:].strip():
        match = TOKEN.match(body, position)
        if not match:
            fail("PROV-N cannot be read at", body[position:position + 80])
        position = match.end()
        string, kind, quoted, time, number, name, mark, word = match.groups()
        if string is not None:
            inner = string[3:-3] if string.startswith('"""') else string[1:-1]
            escapes = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
            inner = re.sub(r"\\(.)", lambda m: escapes.get(m[1], m[1]), inner, flags=re.S)
            if kind == "xsd:double":
                inner = repr(float(inner))
            if kind == "xsd:boolean":
                inner = inner.lower()
            tokens.append(("string", inner, "" if kind == "xsd:string" else kind or ""))
        elif quoted:
            tokens.append(("name", quoted))
        elif time:
            tokens.append(("time", re.sub(r"(\.\d{3})000", r"\1", _with_fraction(time))))
        elif number is not None:
            tokens.append(("number", number))
        elif name:
            tokens.append(("id", name))
        else:
            tokens.append(("mark", mark or word))
        if tokens[-1] == ("mark", ")"):
            yield tokens
            tokens = []


def _with_fraction(time):
    return time if "." in time else re.sub(r"(:\d\d)(Z|[+-]\d\d:\d\d)$", r"\1.000\2", time)


def _statement(tokens):
    kind = tokens[0][1]
    arguments, attributes, depth = [], [], 0
    current = []
    for token in tokens[2:-1]:
        if token == ("mark", "["):
            depth = 1
        elif token == ("mark", "]"):
            attributes.append(tuple(current))
            depth, current = 0, []
        elif token == ("mark", ",") and depth:
            attributes.append(tuple(current))
            current = []
        elif token == ("mark", ",") or token == ("mark", ";"):
            continue
        elif depth:
            if token != ("mark", "="):
                current.append(str(token[1:]))
        else:
            arguments.append(token[1])
    while arguments and arguments[-1] == "-":
        arguments.pop()
    return kind, tuple(arguments), tuple(sorted(attributes))


def bco(path, schemas):
    """The object is valid by the schemas of IEEE 2791, and its etag is that of its content."""
    from jsonschema import Draft7Validator, FormatChecker
    from referencing import Registry, Resource

    loaded = {}
    for name in glob.glob(f"{schemas}/*.json"):
        with open(name) as file:
            schema = json.load(file)
        loaded[schema["$id"]] = schema
    registry = Registry().with_resources(
        (address, Resource.from_contents(schema)) for address, schema in loaded.items())
    with open(path) as file:
        thing = json.load(file)
    root = loaded["https://w3id.org/ieee/ieee-2791-schema/2791object.json"]
    for error in Draft7Validator(root, registry=registry, format_checker=FormatChecker()).iter_errors(thing):
        fail(path, error.json_path, error.message)
    domains = {key: value for key, value in thing.items() if key not in ("etag", "object_id", "spec_version")}
    text = json.dumps(domains, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if thing["etag"] != hashlib.sha256(text.encode()).hexdigest():
        fail(path, "has an etag that is not that of its content")
    print(f"ok  BioCompute Object of {len(thing['description_domain']['pipeline_steps'])} steps")


COLUMNS = "task_id hash native_id name status exit submit duration realtime %cpu peak_rss peak_vmem rchar wchar"
FORMS = {
    "task_id": r"\d+", "hash": r"[0-9a-f]{2}/[0-9a-f]{6}|-", "native_id": r"\d+|-", "name": r"[^\t]+",
    "status": "COMPLETED|FAILED|ABORTED|CACHED|RUNNING", "exit": r"\d+|-",
    "submit": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}|-",
    "duration": r"\d+ms|\d+(\.\d)?s|(\d+d ?)?(\d+h ?)?(\d+m ?)?(\d+s)?|-", "%cpu": r"\d+\.\d%|-",
    "peak_rss": r"0|\d+(\.\d)? [KMGT]?B|-",
}


def trace(path, raw_path):
    """Each row has Nextflow's columns in Nextflow's forms; raw figures are numbers."""
    for name, is_raw in ((path, False), (raw_path, True)):
        with open(name, encoding="utf-8") as file:
            header, *rows = file.read().split("\n")[:-1]
        if header != COLUMNS.replace(" ", "\t"):
            fail(name, "has other columns:", header)
        for row in rows:
            cells = dict(zip(COLUMNS.split(), row.split("\t"), strict=True))
            for column, cell in cells.items():
                form = FORMS.get(column) or FORMS["peak_rss" if column not in ("realtime",) else "duration"]
                if is_raw and column in ("submit", "duration", "realtime", "%cpu", "peak_rss", "rchar", "wchar"):
                    form = r"\d+(\.\d+)?|-"
                if not re.fullmatch(form, cell):
                    fail(name, f"has '{cell}' as {column}")
    print(f"ok  trace of {len(rows)} attempts")


def multiqc(sections, report):
    """MultiQC has read every section, with its rows and lines."""
    with open(f"{report}/multiqc_data/multiqc_data.json") as file:
        data = json.load(file)
    with open(f"{report}/multiqc_report.html", encoding="utf-8") as file:
        page = file.read()
    shown = data["report_plot_data"]
    names = sorted(os.listdir(sections))
    kinds = {"table": 0, "linegraph": 0}
    for name in names:
        with open(f"{sections}/{name}") as file:
            section = json.load(file)
        plot = section["pconfig"]["id"]
        if not any(key.startswith(plot) for key in shown):
            fail("MultiQC does not show", name)
        if section["section_name"] not in page:
            fail("MultiQC's page has no section", section["section_name"])
        kinds[section["plot_type"]] += 1
    if kinds["linegraph"] == 0 or kinds["table"] < 2:
        fail("the run recorded no chart or no table")
    print(f"ok  MultiQC shows {kinds['table']} tables and {kinds['linegraph']} charts")


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
