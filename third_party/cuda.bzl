"""The CUDA toolkit, where the machine has one, as the Bazel repository @cuda.

Only headers are taken from it: the driver and NVRTC are opened at run time, so that one binary runs with and
without them. Where there is no toolkit the repository exists all the same and says so: targets with
`target_compatible_with = REQUIRES_CUDA_TOOLKIT` are skipped, and `select()` on @cuda//:toolkit_found lets the others
link something else.
"""

REQUIRES_CUDA_TOOLKIT = ["@cuda//:toolkit_found"]

_HEADERS = ["cuda.h", "nvrtc.h"]

_BUILD = """\
package(default_visibility = ["//visibility:public"])

# No platform says whether it has a toolkit, so each has this default.
constraint_setting(
    name = "toolkit",
    default_constraint_value = ":{default}",
)

constraint_value(
    name = "toolkit_found",
    constraint_setting = ":toolkit",
)

constraint_value(
    name = "toolkit_missing",
    constraint_setting = ":toolkit",
)

# The driver API's and NVRTC's headers, and toolkit_path.h, which says where they were found.
cc_library(
    name = "headers",
    hdrs = glob(["include/*.h"]),
    includes = ["include"],
    target_compatible_with = [":toolkit_found"],
)

# The toolkit's libcuda.so of empty functions: what symbols a driver has, for tests. Empty if there is none.
filegroup(
    name = "stub_driver",
    srcs = glob(["stubs/libcuda.so"]),
)
"""

_TOOLKIT_PATH = """\
#ifndef ATTUNE_CUDA_TOOLKIT_PATH_H_
#define ATTUNE_CUDA_TOOLKIT_PATH_H_

namespace attune {{

// The toolkit that this was built with: a hint where to look for its libraries and headers at run time.
inline constexpr char kCudaToolkitPath[] = "{path}";

}}  // namespace attune

#endif  // ATTUNE_CUDA_TOOLKIT_PATH_H_
"""

def _has_headers(directory):
    for header in _HEADERS:
        if not directory.get_child("include").get_child(header).exists:
            return False
    return True

def _find_toolkit(repository_ctx):
    directories = []
    if "CUDA_HOME" in repository_ctx.os.environ:
        directories.append(repository_ctx.os.environ["CUDA_HOME"])
    directories.append("/usr/local/cuda")
    nvcc = repository_ctx.which("nvcc")
    if nvcc:
        directories.append(str(nvcc.realpath.dirname.dirname))
    for name in directories:
        if name.startswith("/") and _has_headers(repository_ctx.path(name)):
            return repository_ctx.path(name)
    return None

def _cuda_toolkit_impl(repository_ctx):
    toolkit = _find_toolkit(repository_ctx)
    default = "toolkit_found" if toolkit else "toolkit_missing"
    repository_ctx.file("BUILD", _BUILD.format(default = default), executable = False)
    if not toolkit:
        return
    for header in _HEADERS:
        repository_ctx.symlink(toolkit.get_child("include").get_child(header), "include/" + header)
    repository_ctx.file(
        "include/toolkit_path.h",
        _TOOLKIT_PATH.format(path = toolkit),
        executable = False,
    )
    stub = toolkit.get_child("lib64").get_child("stubs").get_child("libcuda.so")
    if stub.exists:
        repository_ctx.symlink(stub, "stubs/libcuda.so")

cuda_toolkit = repository_rule(
    implementation = _cuda_toolkit_impl,
    doc = "The toolkit at $CUDA_HOME, at /usr/local/cuda, or of the nvcc on $PATH: the first that has headers.",
    environ = [
        "CUDA_HOME",
        "PATH",
    ],
    local = True,
)
