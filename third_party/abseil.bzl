"""Abseil, as installed by Debian's libabsl-dev, by the names of its libraries."""

_LIBRARIES = [
    "base",
    "cleanup",
    "container",
    "flags",
    "functional",
    "hash",
    "random",
    "status",
    "strings",
    "time",
    "types",
]

_ARCHIVES = [
    "bad_any_cast_impl",
    "bad_optional_access",
    "bad_variant_access",
    "base",
    "city",
    "civil_time",
    "cord",
    "cord_internal",
    "cordz_functions",
    "cordz_handle",
    "cordz_info",
    "debugging_internal",
    "demangle_internal",
    "exponential_biased",
    "flags_commandlineflag",
    "flags_commandlineflag_internal",
    "flags_config",
    "flags_internal",
    "flags_marshalling",
    "flags_parse",
    "flags_private_handle_accessor",
    "flags_program_name",
    "flags_reflection",
    "flags_usage",
    "flags_usage_internal",
    "graphcycles_internal",
    "hash",
    "hashtablez_sampler",
    "int128",
    "log_severity",
    "low_level_hash",
    "malloc_internal",
    "random_distributions",
    "random_internal_platform",
    "random_internal_pool_urbg",
    "random_internal_randen",
    "random_internal_randen_hwaes",
    "random_internal_randen_hwaes_impl",
    "random_internal_randen_slow",
    "random_internal_seed_material",
    "random_seed_gen_exception",
    "random_seed_sequences",
    "raw_hash_set",
    "raw_logging_internal",
    "spinlock_wait",
    "stacktrace",
    "status",
    "statusor",
    "str_format_internal",
    "strerror",
    "strings",
    "strings_internal",
    "symbolize",
    "synchronization",
    "throw_delegate",
    "time",
    "time_zone",
]

# For shared objects, before everything else: Debian's archives of Abseil and protobuf have code for executables only,
# and of an archive nothing is linked that a shared object before it has.
LINKOPTS_FOR_SHARED_OBJECTS = ["-Wl,--as-needed", "-l:libprotobuf.so"] + [
    "-l:libabsl_%s.so" % archive
    for archive in _ARCHIVES
]

def abseil_libraries():
    """Declares //third_party:absl_* : one name per Abseil directory, so that a target says which it uses."""

    # One linker group: the archives refer to each other in circles.
    native.cc_library(
        name = "absl_archives",
        linkopts = ["-Wl,--start-group"] +
                   ["-l:libabsl_%s.a" % archive for archive in _ARCHIVES] +
                   ["-Wl,--end-group", "-lpthread"],
        visibility = ["//visibility:private"],
        deps = [
            "//third_party/precompiled:statusor",
            "//third_party/precompiled:templates",
        ],
    )
    for library in _LIBRARIES:
        native.cc_library(
            name = "absl_" + library,
            deps = [":absl_archives"],
        )
