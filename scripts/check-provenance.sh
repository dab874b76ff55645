#!/bin/sh
# Runs small workflows, exports their history in every format, and lets others' programs judge what is written:
# rocrate-validator at the level REQUIRED, the prov package, the IEEE 2791 schemas, and MultiQC, all from PyPI.
#   scripts/check-provenance.sh [FLOW]
# FLOW is the built command (default: .build/release/flow, with the plugins beside it).
set -eu
cd "$(dirname "$0")/.."
flow=$(realpath "${1:-.build/release/flow}")
fixtures=$PWD/Tests/Fixtures
scripts=$PWD/scripts
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cache=${XDG_CACHE_HOME:-$HOME/.cache}/flow-provenance
if [ ! -e "$cache/complete" ]; then
  scripts/install-packages.sh python3-venv
  python3 -m venv "$cache"
  "$cache/bin/pip" install --quiet roc-validator==0.13.0 prov==3.2.3 jsonschema==4.26.0 multiqc==1.35
  touch "$cache/complete"
fi
python=$cache/bin/python
"$python" "$scripts/check-provenance.py" contexts "$fixtures/rocrate" "$work/contexts"

# The crate CRATE passes as PROFILE.
validate() {
  if ! "$cache/bin/rocrate-validator" -y validate -p "$2-run-crate" --offline --cache-path "$work/contexts" \
    -l required "$1" > "$work/validator.txt" 2>&1; then
    cat "$work/validator.txt" >&2
    echo "check-provenance: $1 is no $2 run crate" >&2
    exit 1
  fi
  echo "ok  $(basename "$1") as $2 run crate"
}

cp "$fixtures"/provenance/* "$work/"
cd "$work"
export FLOW_STATE_DIR=$work/.flow

"$flow" run workflow.yaml > run.txt 2>&1 || { cat run.txt >&2; exit 1; }
"$flow" export crate -o done --all-data > /dev/null
for profile in process workflow provenance; do validate done $profile; done
"$python" "$scripts/check-provenance.py" crate done
# A second run reuses everything, and tells the same of it. An archive is the same bytes each time.
"$flow" run workflow.yaml > /dev/null 2>&1
for name in one two; do
  "$flow" export crate -o $name.zip --license CC0-1.0 --agent "A Tester <https://orcid.org/0000-0002-1825-0097>" \
    --organization "A Place <https://example.org/>" > /dev/null
done
cmp one.zip two.zip
validate one.zip provenance
for profile in process workflow; do
  "$flow" export crate -o $profile --profile $profile --no-data > /dev/null
  validate $profile $profile
done
"$flow" export crate -o nothing --no-data > /dev/null
validate nothing provenance

"$flow" export multiqc -o sections > /dev/null
"$cache/bin/multiqc" --quiet --no-ansi --no-version-check -o report sections
"$python" "$scripts/check-provenance.py" multiqc sections report

export_others() {
  "$flow" export prov -o "$1.json" > /dev/null
  "$flow" export prov -o "$1.provn" > /dev/null
  "$python" "$scripts/check-provenance.py" prov "$1.json" "$1.provn"
  "$flow" export bco -o "$1.bco.json" > /dev/null
  "$python" "$scripts/check-provenance.py" bco "$1.bco.json" "$fixtures/bco"
  "$flow" export trace -o "$1.trace.txt" > /dev/null
  "$flow" export trace -o "$1.raw.txt" --raw > /dev/null
  "$python" "$scripts/check-provenance.py" trace "$1.trace.txt" "$1.raw.txt"
}
export_others run-done

if "$flow" run fails.yaml > /dev/null 2>&1; then echo "fails.yaml did not fail" >&2; exit 1; fi
"$flow" export crate -o failed > /dev/null
validate failed provenance
grep -q '"error":"the script ended with exit code 75: no <luck>"' failed/ro-crate-metadata.json
export_others run-failed

"$flow" run long.yaml > /dev/null 2>&1 &
engine=$!
while ! "$flow" log latest 2> /dev/null | grep -q 'second .*running'; do sleep 0.1; done
kill -KILL $engine
wait $engine 2> /dev/null || true
"$flow" export crate -o killed > /dev/null
validate killed provenance
grep -q '"error":"flow was killed' killed/ro-crate-metadata.json || grep -q FailedActionStatus killed/ro-crate-metadata.json
export_others run-killed
