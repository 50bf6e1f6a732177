"""Kernel families of CUDA GPUs."""

load("//base:embed.bzl", "embedded_files")
load("//third_party:cuda.bzl", "REQUIRES_CUDA_TOOLKIT")

_UNDER_TEST = """\
#include "attention/cuda/testing/family_under_test.h"
#include "{package}/{name}_family.h"

namespace attune {{
const CudaAttentionFamily& FamilyUnderTest() {{
  static const {camel}Family family;
  return family;
}}
std::vector<std::string> ArchitecturesUnderTest() {{
  return {{{architectures}}};
}}
}}  // namespace attune
"""

# Of attention/cuda/testing/architectures.h.
_ALL_ARCHITECTURES = ["sm_80", "sm_86", "sm_89", "sm_90", "sm_100", "sm_120"]

def kernel_family(name, device_code, space, deps, test_deps = [], architectures = _ALL_ARCHITECTURES):
    """A kernel family, and everything that tests it.

    The package holds NAME_family.h and .cc, with the class attune::NameFamily, a CudaAttentionFamily; NAME_kernel.h and
    .cc, its AttentionKernel; and NAME_family_test.cc, whatever the tests below do not know of it. The family reads its
    sources from NameSources() of the generated NAME_sources.h.

    Makes of them
      NAME_family        the library
      NAME_family_test   the package's own test; needs a toolkit and no GPU, like the next two
      NAME_space_test    space and model: variants of every architecture fit it
      NAME_compile_test  NVRTC compiles sampled variants for every architecture; nothing spills, and ptxas warns of
                         no lost performance
      NAME_gpu_test      tagged gpu: random variants on random problems, against the fp64 reference
    All are skipped where there is no toolkit.

    Args:
      name: the family's: "portable_forward".
      device_code: labels of every file that the device code may include.
      space: label of NAME.space.textproto.
      deps: of NAME_family, besides those that every family has.
      test_deps: of NAME_family_test, likewise.
      architectures: those that the family supports, among those that are tested.
    """
    camel = "".join([part.capitalize() for part in name.split("_")])
    embedded_files(
        name = name + "_sources",
        srcs = device_code + [space],
        function = camel + "Sources",
        target_compatible_with = REQUIRES_CUDA_TOOLKIT,
    )
    native.cc_library(
        name = name + "_family",
        srcs = [
            name + "_family.cc",
            name + "_kernel.cc",
            name + "_kernel.h",
            name + "_sources.cc",
            name + "_sources.h",
        ],
        hdrs = [name + "_family.h"],
        target_compatible_with = REQUIRES_CUDA_TOOLKIT,
        visibility = ["//:__subpackages__"],
        deps = deps + [
            "//attention:family",
            "//attention:problem",
            "//attention/cuda:cuda_attention_family",
            "//base:status_macros",
            "//device/cuda:cuda_device",
            "//device/cuda:kernel_image",
            "//device/cuda:kernel_module",
            "//device/cuda:launch",
            "//operators/cuda:cuda_support",
            "//operators/cuda:device_code",
            "//operators/cuda:family_code",
            "//operators/cuda:kernel_store",
            "//third_party:absl_status",
            "//third_party:absl_strings",
        ],
    )
    _tests(name, camel, test_deps, architectures)

def _tests(name, camel, test_deps, architectures):
    native.genrule(
        name = name + "_under_test_source",
        outs = [name + "_under_test.cc"],
        cmd = "cat > $@ <<'END'\n" + _UNDER_TEST.format(
            architectures = ", ".join(["\"%s\"" % architecture for architecture in architectures]),
            camel = camel,
            name = name,
            package = native.package_name(),
        ) + "END",
        target_compatible_with = REQUIRES_CUDA_TOOLKIT,
    )
    native.cc_library(
        name = name + "_under_test",
        testonly = True,
        srcs = [name + "_under_test.cc"],
        target_compatible_with = REQUIRES_CUDA_TOOLKIT,
        deps = [
            name + "_family",
            "//attention/cuda/testing:family_under_test",
        ],
    )
    _test(
        name = name + "_family_test",
        size = "medium",
        srcs = [name + "_family_test.cc"],
        deps = test_deps + [
            name + "_family",
            "//attention/cuda/testing:architectures",
            "//attention/cuda/testing:fake_device_test",
            "//third_party:absl_status",
            "//third_party:gtest_main",
        ],
    )
    shared = [
        name + "_under_test",
        "//attention:family",
        "//attention/cuda/testing:architectures",
        "//attention/cuda/testing:family_under_test",
        "//attention/cuda/testing:variant_sample",
        "//device:device_info",
        "//operators:family_configuration",
        "//operators/testing:configuration_draw",
    ]
    _test(
        name = name + "_space_test",
        # 2 s, and 13 under the address sanitizer: more than a minute where others work on the machine.
        size = "medium",
        srcs = ["//attention/cuda/testing:space_test.cc"],
        deps = shared + ["//third_party:gtest_main"],
    )
    _test(
        name = name + "_compile_test",
        size = "medium",
        srcs = ["//attention/cuda/testing:compile_test.cc"],
        # Compiling is all it does: one shard for each architecture. What NVRTC makes of a variant does not depend on
        # how this program was instrumented, and the code that calls it has tests of its own.
        tags = ["no_sanitizers"],
        shard_count = len(architectures),
        deps = shared + [
            "//device/cuda:kernel_compiler",
            "//device/cuda:nvrtc",
            "//third_party:gtest_main",
        ],
    )
    _test(
        name = name + "_gpu_test",
        size = "medium",
        srcs = ["//attention/cuda/testing:variants_gpu_test.cc"],
        tags = ["gpu"],
        deps = shared + [
            "//attention/verification:attention_inputs",
            "//attention/verification:verify",
            "//base:status_macros",
            "//device",
            "//operators/cuda:kernel_store",
            "//testing:mirrored_run",
            "//testing:random_problem",
            "//testing/gpu",
            "//testing/gpu:gpu_main",
            "//third_party:absl_strings",
            "//third_party:absl_time",
        ],
    )

def _test(name, **attributes):
    native.cc_test(
        name = name,
        target_compatible_with = REQUIRES_CUDA_TOOLKIT,
        **attributes
    )
