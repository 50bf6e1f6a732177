#!/bin/bash
# A packed bundle runs from anywhere, and on a machine without a GPU says so.
# Functions are called through "run".
# shellcheck disable=SC2317
set -uo pipefail

sources="$PWD"
cd "$TEST_TMPDIR" || exit 1
failures=0
# On a machine with a GPU, one whose GPUs are hidden.
export CUDA_VISIBLE_DEVICES=-1

expect() {
  local what="$1" expected="$2" actual="$3"
  # shellcheck disable=SC2053
  if [[ "$actual" != $expected ]]; then
    printf '%s: expected\n  %s\ngot\n  %s\n' "$what" "$expected" "$actual" >&2
    failures=$((failures + 1))
  fi
}

# Sets `output` (stdout and stderr) and `status`.
run() {
  status=0
  output="$("$@" 2>&1)" || status=$?
}

rows() {
  # The probe of a real bundle stands on the toolkit's headers; what it says without a GPU is what any GPU test says.
  printf '%s\t%s\t%s\n' test //testing/gpu:a_gpu_test "$sources/testing/gpu/no_tests" \
    tool //testing/gpu:gpu_validate "$sources/testing/gpu/no_tests" \
    tool //testing/report:gpu_test_runner "$sources/testing/report/gpu_test_runner"
}
pack() {
  rows | "$sources/tools/pack_bundle" "$@"
}

run pack bundle 60000000 "revision abc" "assertions on"
expect "packing" "bundle: bundle: 3 programs, * libraries, *.* MB" "$output"
expect "its exit code" 0 "$status"
expect "the list" $'revision\tabc
assertions\ton
kind\tlabel\tprogram
test\t//testing/gpu:a_gpu_test\tbin/testing.gpu.a_gpu_test
tool\t//testing/gpu:gpu_validate\tbin/gpu_validate
tool\t//testing/report:gpu_test_runner\tbin/gpu_test_runner' "$(<bundle/programs.tsv)"
expect "the C library stays out" "" "$(find bundle -name 'libc.so*' -o -name 'libstdc++*')"

mkdir elsewhere
for command in test benchmark profile validate; do
  run env -C elsewhere "$TEST_TMPDIR/bundle/gpu_test" "$command"
  expect "gpu_test $command without a GPU" "*BLOCKED: *" "$output"
  expect "its exit code" 2 "$status"
done
for file in test.json test.xml test.html validate.json; do
  run grep -c BLOCKED "elsewhere/gpu_test_reports/$file"
  expect "$file says it too" "[1-9]*" "$output"
done
run env -C elsewhere "$TEST_TMPDIR/bundle/gpu_test" clean
expect "cleaning" 0 "$status"
expect "what is left" "" "$(ls -A elsewhere)"

run env PATH=/usr/bin:/bin CUDA_HOME=/nowhere bundle/sanitize_gpu logs
expect "sanitize_gpu without a GPU" "*BLOCKED: *" "$output"
expect "its exit code" 2 "$status"

run bundle/run nonsense
expect "a program that there is not" '*no program "nonsense"*' "$output"
expect "its exit code" 1 "$status"

run pack bundle 60000000
expect "a folder that is not empty" "*exists and is not an empty folder*" "$output"
expect "its exit code" 1 "$status"
run pack small 100000
expect "a bundle that is too large" "*bytes, more than the 100000 that it may have*" "$output"
expect "its exit code" 1 "$status"
run "$sources/tools/pack_bundle" none 60000000 <<<$'test\t//a:b\t/nowhere'
expect "a program that was not built" "*//a:b was not built*" "$output"
run "$sources/tools/pack_bundle" none 60000000 </dev/null
expect "nothing to pack" "*nothing to pack*" "$output"
expect "what failures leave" $'bundle\nelsewhere' "$(ls -A)"

# Only where there is no CUDA toolkit is the outcome of what needs a bundle BLOCKED: the exit code 2 is also Bazel's, of a
# command line that it does not understand, and tools/bazel's, of a missing package.
mkdir -p workspace/tools/ci workspace/bin/testing/report fake
cp "$sources"/tools/{bundle.sh,gpu_test,sanitize_gpu} workspace/tools/
cp "$sources/tools/ci/check_bundle" workspace/tools/ci/
printf '#!/bin/bash\nexit 3\n' | tee workspace/bin/testing/report/gpu_test_runner fake/compute-sanitizer >/dev/null
cat >workspace/tools/bazel <<'BAZEL'
#!/bin/bash
case "$1" in
  build) ;;
  info) echo "$PWD/bin" ;;
  *) echo "$BAZEL_SAYS" >&2; exit 2 ;;
esac
BAZEL
chmod +x workspace/tools/bazel workspace/bin/testing/report/gpu_test_runner fake/compute-sanitizer
export BAZEL_SAYS="tools/install_packages: missing packages: g++"
run env BUILD_WORKSPACE_DIRECTORY="$PWD/workspace" workspace/tools/bundle.sh none
expect "bundle.sh without a package" "$BAZEL_SAYS"$'\n'"bundle: Bazel cannot say *" "$output"
expect "its exit code" 1 "$status"
for command in "gpu_test test" sanitize_gpu ci/check_bundle; do
  BAZEL_SAYS="tools/install_packages: missing packages: g++"
  # shellcheck disable=SC2086
  run env PATH="$PWD/fake:$PATH" workspace/tools/$command
  expect "$command without a package" "*missing packages*" "$output"
  expect "its exit code" 1 "$status"
  BAZEL_SAYS="$(grep -o 'bundle: BLOCKED: no CUDA toolkit[^:]*' workspace/tools/bundle.sh)"
  # shellcheck disable=SC2086
  run env PATH="$PWD/fake:$PATH" workspace/tools/$command
  expect "$command without a toolkit" "*BLOCKED: no CUDA toolkit*" "$output"
  expect "its exit code" "$([[ $command == ci/check_bundle ]] && echo 0 || echo 2)" "$status"
done

exit $((failures > 0))
