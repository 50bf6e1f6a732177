"""The rules_cc entry points that Bazel's own BUILD files load, as Bazel 4's native rules.

Debian's bazel-rules-cc (0.0.4) needs a newer Bazel than Debian's Bazel (4.2.3).
"""

cc_binary = native.cc_binary
cc_import = native.cc_import
cc_library = native.cc_library
cc_proto_library = native.cc_proto_library
cc_test = native.cc_test
cc_toolchain = native.cc_toolchain
cc_toolchain_suite = native.cc_toolchain_suite
fdo_prefetch_hints = native.fdo_prefetch_hints
fdo_profile = native.fdo_profile
objc_library = native.objc_library
