#!/bin/bash
# tools/ci/count_tests adds up what one run of Bazel reported.
set -euo pipefail

count_tests="$PWD/tools/ci/count_tests"
cd "$TEST_TMPDIR"
failures=0

expect() {
  local what="$1" expected="$2" actual="$3"
  if [[ "$actual" != "$expected" ]]; then
    echo "$what: expected \"$expected\", got \"$actual\"" >&2
    failures=$((failures + 1))
  fi
}

# What Bazel 4.2.3 writes for the test.xml given, among other events.
event() {
  printf '{"id":{"testResult":{"label":"//a:%s","run":1}},"testResult":{"testActionOutput":[' "$1"
  printf '{"name":"test.log","uri":"file://%s/%s.log"},{"name":"test.xml","uri":"file://%s/%s"}],' "$PWD" "$1" "$PWD" "$1"
  printf '"status":"PASSED"}}\n'
}

cat >googletest.xml <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="7" failures="2" disabled="1" errors="0" time="0.1" timestamp="2024-01-01T00:00:00.000" name="AllTests">
  <testsuite name="MaskTest" tests="5" failures="1" disabled="1" skipped="1" errors="0" time="0.1" timestamp="2024-01-01T00:00:00.000">
    <testcase name="A" status="run" result="completed" classname="MaskTest" />
    <testcase name="B" status="run" result="skipped" classname="MaskTest">
      <skipped message="no GPU" />
    </testcase>
  </testsuite>
  <testsuite name="Dtypes/EveryDtype" tests="2" failures="1" disabled="0" skipped="0" errors="0" time="0.1" timestamp="2024-01-01T00:00:00.000">
    <testcase name="Masks/fp16" value_param="fp16" status="run" result="completed" classname="Dtypes/EveryDtype" />
  </testsuite>
</testsuites>
XML
cat >passed.xml <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="tools/bazel_test" tests="1" failures="0" errors="0">
    <testcase name="tools/bazel_test" status="run" duration="1" time="1"></testcase>
  </testsuite>
</testsuites>
XML
sed 's/errors="0"/errors="1"/' passed.xml >crashed.xml

echo '{"id":{"started":{}},"started":{"command":"test"}}' >events.json
expect "a run without tests" "0 0 0" "$("$count_tests" events.json)"

event googletest.xml >>events.json
expect "GoogleTest: four passed, two failed, one disabled, one skipped; two of them parameterised" "3 2 2" "$("$count_tests" events.json)"

event passed.xml >>events.json
event crashed.xml >>events.json
expect "with a script that passed and a test that crashed" "4 3 2" "$("$count_tests" events.json)"

status=0
"$count_tests" missing.json 2>/dev/null || status=$?
expect "exit code without events" 2 "$status"

exit $((failures > 0))
