#!/bin/bash
# tools/bazel installs or names what is missing, and hands over to the right Bazel.
# Programs that stand in for others are quoted scripts, with variables of their own.
# shellcheck disable=SC2016
set -euo pipefail

sources="$PWD/tools"
cd "$TEST_TMPDIR"
failures=0

expect() {
  local what="$1" expected="$2" actual="$3"
  if [[ "$actual" != "$expected" ]]; then
    printf '%s: expected\n  %s\ngot\n  %s\n' "$what" "$expected" "$actual" >&2
    failures=$((failures + 1))
  fi
}

# A stand-in for a program, found before the machine's own.
fake() {
  printf '#!/bin/bash\n%s\n' "$2" >"fake/$1"
  chmod +x "fake/$1"
}

# Sets `output` (stdout and stderr) and `status`; calls.log holds what was asked of apt-get.
run() {
  : >calls.log
  status=0
  output="$(PATH="$TEST_TMPDIR/fake:$PATH" "$@" 2>&1)" || status=$?
}

# A workspace of two packages, of which as many are installed as a test says.
mkdir -p fake workspace/tools workspace/deep/down
cp "$sources/bazel" "$sources/install_packages" workspace/tools/
printf '# a comment\ng++\nlibtbb-dev\n' >workspace/tools/packages.txt
bazel="$TEST_TMPDIR/workspace/tools/bazel"
fake real_bazel 'echo "real Bazel in $PWD: $*"'
fake apt-get "echo \"\$*\" >>$TEST_TMPDIR/calls.log"
export BAZEL_REAL="$TEST_TMPDIR/fake/real_bazel"

installed() {
  fake dpkg-query "printf '%s installed\\n' $*; exit $((2 - $#))"
}
user_id() {
  fake id "echo $1"
}

user_id 1000
installed g++ libtbb-dev
cd workspace/deep/down
run_from="$PWD"
cd "$TEST_TMPDIR"
run env -C "$run_from" "$bazel" test //... --flag="a b"
expect "everything is installed" "real Bazel in $run_from: test //... --flag=a b" "$output"

installed g++
run "$bazel" test //...
expect "a user misses a package" "tools/install_packages: missing packages: libtbb-dev. Install them with: \
sudo apt-get install --no-install-recommends libtbb-dev" "$output"
expect "its exit code" 2 "$status"
expect "nothing is asked of apt-get" "" "$(<calls.log)"

user_id 0
run "$bazel" build //a
expect "root misses a package" "tools/install_packages: installing libtbb-dev
real Bazel in $TEST_TMPDIR: build //a" "$output"
expect "what is asked of apt-get" "update
-o DPkg::Lock::Timeout=600 install -y --no-install-recommends libtbb-dev" "$(<calls.log)"

fake apt-get 'echo "apt-get $1: broken"; exit 100'
run "$bazel" build //a
expect "exit code where apt-get fails" 2 "$status"
[[ "$output" == *"apt-get -o: broken"*"could not install: libtbb-dev"* ]] ||
  expect "apt-get's own words" "in the output" "$output"

# What Debian's launcher hands over does not exist: its package calls Bazel 4.2.3 bazel-4, and that has no version.
installed g++ libtbb-dev
if [[ -x /usr/bin/bazel-4 ]]; then
  for handed_over in /usr/bin/bazel-4.2.3 "$bazel" "$TEST_TMPDIR"; do
    BAZEL_REAL="$handed_over" run env -u TEST_TMPDIR "$bazel" --version
    [[ "$output" == "bazel "* ]] || expect "BAZEL_REAL=$handed_over" "bazel *" "$output"
  done
fi

exit $((failures > 0))
