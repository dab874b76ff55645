#!/bin/sh
# Installs those of the named Debian packages that are missing; asks for root only then.
set -eu
missing=
for package in "$@"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
echo "installing$missing"
as_root=
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || {
    echo "error: these packages are missing and neither root nor sudo is at hand:$missing" >&2
    echo "  fix: apt-get install$missing" >&2
    exit 1
  }
  as_root=sudo
fi
$as_root apt-get update -qq
# shellcheck disable=SC2086  # a list of names
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
