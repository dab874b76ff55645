#!/bin/sh
# Validates a corpus's croissant.json with MLCommons' own reader, and loads records of each record set.
#   scripts/check-croissant.sh CORPUS [MLCROISSANT]
# MLCROISSANT is the command (pip install mlcroissant; checked with 1.1.1); without it nothing is checked.
set -eu
corpus=${1:?usage: check-croissant.sh CORPUS [MLCROISSANT]}
command=${2:-mlcroissant}
if ! command -v "$command" >/dev/null; then
  echo "check-croissant: skipped, there is no $command"
  exit 0
fi
metadata=$corpus/croissant.json
problems=$("$command" validate --jsonld "$metadata" 2>&1) || { echo "$problems" >&2; exit 1; }
if echo "$problems" | grep -q 'error(s)'; then
  echo "$problems" >&2
  exit 1
fi
for set in chromosomes tracks training; do
  "$command" load --jsonld "$metadata" --record_set "$set" --num_records 1 2>&1 | grep "^{" \
    || { echo "check-croissant: no record of $set can be loaded" >&2; exit 1; }
done
