#!/bin/bash
# Opens `flow ui` in headless Chromium while a workflow runs and after it, and fails when something is wrong.
#
#   Tests/Browser/check-ui.sh FLOW [DIRECTORY_FOR_SCREENSHOTS]
#
# FLOW is the built command, with flow-ui beside it. It fails when pages can be read without the token or under another
# host's name, when a page writes an error to the console or asks another host for anything, when an open page does not
# follow its run, or when a page is wider than its window. Set CHROMIUM to use another browser of its kind.
set -euo pipefail

flow=$(readlink -f "${1:?the built flow}")
pictures=${2:-}
tree=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
browser=${CHROMIUM:-chromium}
work=$(mktemp -d)
started=()
cleanup() {
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
failures=0

fail() {
  echo "check-ui: $1" >&2
  failures=$((failures + 1))
}

has() { # FILE TEXT WHAT
  grep -qF -- "$2" "$1" || fail "$3: '$2' is missing"
}

sandbox=
[ "$(id -u)" -ne 0 ] || sandbox=--no-sandbox

open_page() {
  # shellcheck disable=SC2086
  timeout 90 "$browser" --headless $sandbox --disable-gpu --hide-scrollbars --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync \
    --disable-default-apps --disable-extensions --disable-dev-shm-usage \
    --host-resolver-rules='MAP * ~NOTFOUND, EXCLUDE 127.0.0.1' --user-data-dir="$work/profile" \
    --enable-logging=stderr "$@"
}

# A workflow with a plugin that tells progress and metrics, a script that fails, and many small tasks.
mkdir "$work/plugins"
cc -std=c99 -D_DEFAULT_SOURCE -I"$tree/Sources/CFlowPlugin/include" -shared -fPIC \
  "$tree/Tests/Fixtures/Plugins/probe.c" -o "$work/plugins/libprobe.so"
cp "$tree/Tests/Fixtures/Plugins/probe.yaml" "$work/plugins/"
export FLOW_PLUGIN_PATH="$work/plugins"
cd "$work"
cat > seen.yaml <<'YAML'
flow: 1
name: seen
steps:
  broken:
    shell: |
      echo "<script>alert('from a log')</script>"
      echo "cannot open 'table.tsv'" >&2
      exit 3
    outputs: {out: out.txt}
  after: {use: probe/write, inputs: {files: $steps.broken.out}}
  part:
    foreach: {n: [1, 2, 3, 4, 5, 6, 7, 8], name: ["plain", "<b>bold</b>"]}
    shell: echo "$n$name" > "$out"
    with: {n: $each.n, name: $each.name}
    outputs: {out: out.txt}
  train: {use: probe/write, with: {seconds: 20, text: "a \"quoted\" <text>"}, inputs: {files: $steps.part.out}}
YAML

# 1. Before there is any run.
"$flow" ui --port 0 > address 2> ui.log &
started+=($!)
for _ in $(seq 100); do [ -s address ] && break; sleep 0.1; done
address=$(cat address)
token=${address##*token=}
base=${address%%/\?*}
port=${base##*:}
[ -n "$token" ] || { cat ui.log >&2; fail "flow ui printed no address"; exit 1; }

code() { curl -s -o /dev/null -w '%{http_code}' "$@"; }
[ "$(code "$base/")" = 403 ] || fail "a page is given out without the token"
[ "$(code "$base/?token=${token%?}x")" = 403 ] || fail "a page is given out with a wrong token"
[ "$(code "$base/flow.js")" = 403 ] || fail "the script is given out without the token"
[ "$(code -H "Host: evil.example:$port" "$address")" = 421 ] || fail "another host's name is served"
[ "$(code -H "Host: 127.0.0.1:1" "$address")" = 421 ] || fail "another port's name is served"
[ "$(code -X POST "$address")" = 405 ] || fail "something other than reading is served"
curl -s -c jar -o welcome -D headers "$address"
grep -qi '^set-cookie: .*HttpOnly; SameSite=Strict' headers || fail "the cookie is not guarded"
for header in "content-security-policy: default-src 'none'" "referrer-policy: no-referrer" "cache-control: no-store"; do
  grep -qi "^$header" headers || fail "the header '$header' is missing"
done
for path in /runs/x /runs/..%2f..%2fetc%2fpasswd /runs/%00 /runs/x/steps/1 /flow.db /%ff; do
  status=$(code -b jar "$base$path")
  [ "$status" = 404 ] || [ "$status" = 503 ] || fail "$path answers $status"
done
ss -Hltn "sport = :$port" 2>/dev/null | grep -v '127\.0\.0\.1:' && fail "it is served beyond this machine"
curl -s -b jar "$base/" > none.html
has none.html "No run yet" "without a run"

# 2. While it runs: the page as a browser has it.
"$flow" run seen.yaml > run.log 2>&1 &
run=$!
started+=("$run")
for _ in $(seq 200); do
  path=$(curl -s -b jar "$base/" | grep -o '/runs/[0-9a-f-]*' | head -n 1 || true)
  [ -n "$path" ] && curl -s -b jar "$base$path" | grep -q '<progress' && break
  sleep 0.1
done
[ -n "$path" ] || { fail "the run does not appear"; exit 1; }
open_page --virtual-time-budget=2000 --log-net-log="$work/net.json" --dump-dom "$base$path?token=$token" \
  > running.html 2> browser.log || fail "the browser failed: $(tail -n 3 browser.log)"
has running.html '<title>seen running' "while it runs"
has running.html '<progress' "while it runs"
has running.html 'What went wrong' "while it runs"
has running.html "cannot open 'table.tsv'" "while it runs"
has running.html '&lt;script&gt;alert' "while it runs"
has running.html '<strong>seconds</strong>' "while it runs: the curve"
has running.html 'part[n=1,name=&lt;b&gt;bold&lt;/b&gt;]' "while it runs"
has running.html 'data-state="on"' "while it runs: the script"

# An open page follows the run without being loaded again.
open_page --virtual-time-budget=120000 --dump-dom "$base$path?token=$token" > followed.html 2> browser.log \
  || fail "the browser failed: $(tail -n 3 browser.log)"
grep -qE 'data-updates="[1-9]' followed.html || fail "an open page does not follow its run"
wait "$run" || true
curl -s -b jar "$base$path" > over.html
has over.html '<title>seen failed' "after it"
has over.html 'class="whole"' "after it"
for section in failures graph summary timeline steps provenance; do
  has over.html "<section id=\"$section\"" "after it"
done

# 3. A step's page, with what it was given, and the graph of where it comes from.
step=$(grep -o "$path/steps/[0-9]*\">train" over.html | head -n 1 | cut -d'"' -f1)
curl -s -b jar "$base$step" > step.html
has step.html 'a &quot;quoted&quot; &lt;text&gt;' "a step"
has step.html '<section id="lineage"' "a step"
[ "$(code -b jar "$base$path/report")" = 200 ] || fail "the report is not served"
curl -s -b jar "$base$path?find=bold&status=done" > found.html
[ "$(grep -o "$path/steps/[0-9]*\">part" found.html | sort -u | wc -l)" = 8 ] || fail "the filter finds others"

# 4. Each page in windows of several widths: nothing on the console, nothing wider than the window.
for target in / "$path" "$step"; do
  for width in 1280 500; do
    open_page --virtual-time-budget=1500 --window-size=$width,900 --log-net-log="$work/net.json" \
      --dump-dom "$base$target?token=$token" > page.html 2> browser.log \
      || fail "the browser failed: $(tail -n 3 browser.log)"
    if grep 'CONSOLE' browser.log > console; then fail "$target wrote to the console: $(cat console)"; fi
    overflow=$(grep -o 'data-overflow="[^"]*"' page.html || true)
    [ "$overflow" = 'data-overflow="0"' ] || fail "$target is wider than a window of $width: $overflow"
    others=$(grep -oE '"url":"(https?|wss?)://[^"]*"' net.json \
      | grep -vE '"url":"https?://(127\.0\.0\.1:|clients2\.google\.com|update\.googleapis\.com|accounts\.google\.com|content-autofill\.googleapis\.com|edgedl\.me\.gvt1\.com)' \
      | sort -u || true)
    [ -z "$others" ] || fail "$target asked for: $others"
    if [ -n "$pictures" ]; then
      mkdir -p "$pictures"
      name=$(echo "$target" | tr -c 'a-z0-9\n' '-')
      open_page --virtual-time-budget=1500 --window-size=$width,2400 \
        --screenshot="$pictures/ui$name-$width.png" "$base$target?token=$token" > /dev/null 2>&1 || true
    fi
  done
done

# 5. A damaged database is told of, and the site goes on.
printf 'no database at all' > .flow/flow.db
rm -f .flow/flow.db-wal .flow/flow.db-shm
status=$(curl -s -b jar -o damaged.html -w '%{http_code}' "$base/")
[ "$status" = 503 ] || fail "a damaged database answers $status"
has damaged.html 'The history cannot be read' "a damaged database"
rm -rf .flow
curl -s -b jar "$base/" > none.html
has none.html "No run yet" "after the history was removed"

[ "$failures" -eq 0 ] || exit 1
echo "check-ui: $base is fine"
