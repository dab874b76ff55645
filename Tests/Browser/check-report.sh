#!/bin/sh
# Opens a report in headless Chromium without a network and fails when something is wrong with it.
#
#   Tests/Browser/check-report.sh REPORT.html [SCREENSHOT.png]
#
# It fails when the page writes an error to the console, asks for anything over the network, lacks a section, has a
# drawing without a size, or is wider than its window. Set CHROMIUM to use another browser of its kind.
set -eu

[ -s "${1:-}" ] || { echo "check-report: there is no page '${1:-}'" >&2; exit 2; }
page=$(readlink -f "$1")
picture=${2:-}
browser=${CHROMIUM:-chromium}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

fail() {
  echo "check-report: $1" >&2
  failures=$((failures + 1))
}

# Root has no sandbox of Chromium.
sandbox=
[ "$(id -u)" -ne 0 ] || sandbox=--no-sandbox

# No name is resolved; the browser's own requests are kept small and told apart below.
open_page() {
  "$browser" --headless $sandbox --disable-gpu --hide-scrollbars --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync \
    --disable-default-apps --disable-extensions --disable-dev-shm-usage \
    --host-resolver-rules='MAP * ~NOTFOUND' --user-data-dir="$work/profile" \
    --virtual-time-budget=3000 --window-size=1240,1000 "$@"
}

size=$(wc -c < "$page")
[ "$size" -lt 2000000 ] || fail "the page has $size bytes, 2,000,000 are allowed"

# 1. The page as it is: console and network.
open_page --enable-logging=stderr --log-net-log="$work/net.json" --dump-dom "file://$page" \
  > "$work/dom.html" 2> "$work/log" || fail "the browser failed: $(tail -n 3 "$work/log")"
if grep 'CONSOLE' "$work/log" > "$work/console"; then
  fail "the page wrote to the console: $(cat "$work/console")"
fi
# These hosts are the browser's own business; any other was asked for by the page.
own='clients2\.google\.com|update\.googleapis\.com|accounts\.google\.com|edgedl\.me\.gvt1\.com'
grep -oE '"url":"(https?|wss?|ftp)://[^"]*"' "$work/net.json" \
  | grep -vE "\"url\":\"https?://($own)/" | sort -u > "$work/requests" || true
if [ -s "$work/requests" ]; then
  fail "the page asked for: $(cat "$work/requests")"
fi
for section in timeline steps provenance; do
  grep -q "<section id=\"$section\"" "$work/dom.html" || fail "the section '$section' is missing"
done
grep -q 'http-equiv="Content-Security-Policy"' "$work/dom.html" || fail "there is no policy"
if grep -qiE '<(script|link|img|iframe|object|embed)[ >]' "$work/dom.html"; then
  fail "the page has an element that loads or runs something"
fi

# 2. A copy that may run one script: what has which size.
sed -e '/http-equiv="Content-Security-Policy"/d' "$page" > "$work/copy.html"
cat >> "$work/copy.html" <<'SCRIPT'
<script>
const problems = [];
for (const svg of document.querySelectorAll('svg')) {
  const box = svg.getBoundingClientRect();
  if (!(box.width > 0 && box.height > 0)) problems.push('a drawing has no size: ' + svg.outerHTML.slice(0, 80));
}
for (const node of document.querySelectorAll('.node')) {
  const frame = node.querySelector('rect').getBoundingClientRect();
  for (const text of node.querySelectorAll('text')) {
    const box = text.getBoundingClientRect();
    if (box.right > frame.right + 1) problems.push('text leaves its node: ' + text.textContent);
  }
}
const width = document.documentElement.scrollWidth;
if (width > window.innerWidth + 1) problems.push('the page is ' + width + ' px wide in a window of ' + window.innerWidth);
const ids = [...document.querySelectorAll('[id]')].map(element => element.id);
for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) problems.push('the id ' + id + ' stands twice');
const result = document.createElement('pre');
result.id = 'browser-check';
result.textContent = problems.length ? problems.join('\n') : 'fine';
document.body.append(result);
</script>
SCRIPT
open_page --dump-dom "file://$work/copy.html" > "$work/measured.html" 2> "$work/log" \
  || fail "the browser failed: $(tail -n 3 "$work/log")"
result=$(tr '\n' ' ' < "$work/measured.html" \
  | sed -n 's/.*<pre id="browser-check">\(.*\)<\/pre>.*/\1/p')
[ "$result" = fine ] || fail "layout: ${result:-nothing was measured}"

if [ -n "$picture" ]; then
  open_page --screenshot="$(readlink -m "$picture")" --window-size=1240,3000 "file://$page" \
    > "$work/log" 2>&1 || fail "no picture was taken: $(tail -n 3 "$work/log")"
fi

[ "$failures" -eq 0 ] || exit 1
echo "check-report: $page is fine ($size bytes)"
