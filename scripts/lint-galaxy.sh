#!/bin/sh
# Exports every operation as a Galaxy tool and lets planemo (PyPI), Galaxy's own linter, judge them.
set -eu
flow=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cache=${XDG_CACHE_HOME:-$HOME/.cache}/flow-planemo
if [ ! -x "$cache/bin/planemo" ]; then
  "$(dirname "$0")/install-packages.sh" python3-venv
  python3 -m venv "$cache"
  "$cache/bin/pip" install --quiet planemo==0.75.47
fi
"$flow" export galaxy -o "$work/tools"
"$cache/bin/planemo" lint "$work"/tools/*.xml
