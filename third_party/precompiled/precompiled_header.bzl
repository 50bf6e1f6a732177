"""Headers of outside libraries, compiled once for all sources that include them."""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "ACTION_NAMES")
load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

# A compiler takes a precompiled header only at the optimisation that it was made with. .bazelrc has tests and, under
# the sanitizers, much else compiled at -O0.
def _optimisations(ctx):
    asked_for = [flag[1:] for flag in ctx.fragments.cpp.copts if flag.startswith("-O")]
    usual = asked_for or [{"opt": "O2"}.get(ctx.var["COMPILATION_MODE"], "O0")]
    return depset(["O0"] if ctx.attr.unoptimised_only else ["O0", usual[-1]]).to_list()

def _precompiled_header_impl(ctx):
    toolchain = find_cpp_toolchain(ctx)
    features = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )
    compiler = cc_common.get_tool_for_action(
        feature_configuration = features,
        action_name = ACTION_NAMES.cpp_compile,
    )

    # Found by every other #include of that name, too, which cannot take what is precompiled.
    header = ctx.actions.declare_file("include/" + ctx.attr.include)
    ctx.actions.write(header, "#include_next <%s>\n" % ctx.attr.include)
    outputs = [header]
    for level in _optimisations(ctx):
        # GCC tries each file of a folder NAME.gch where it is asked for NAME, and so does clang where it is given the folder.
        output = ctx.actions.declare_file("include/%s.gch/%s" % (ctx.attr.include, level))

        # With clang from standard input: it looks for the files that a precompiled header was made of, and a sandbox's
        # own paths are gone by then.
        clang = toolchain.compiler == "clang"
        variables = cc_common.create_compile_variables(
            feature_configuration = features,
            cc_toolchain = toolchain,
            source_file = "-" if clang else ctx.file.source.path,
            output_file = output.path,
            use_pic = True,
            user_compile_flags = ctx.fragments.cpp.copts + ctx.fragments.cpp.cxxopts + ["-" + level, "-xc++-header"],
        )
        command_line = cc_common.get_memory_inefficient_command_line(
            feature_configuration = features,
            action_name = ACTION_NAMES.cpp_compile,
            variables = variables,
        )
        action = {
            "env": cc_common.get_environment_variables(
                feature_configuration = features,
                action_name = ACTION_NAMES.cpp_compile,
                variables = variables,
            ),
            "inputs": depset([ctx.file.source], transitive = [toolchain.all_files]),
            "mnemonic": "CppPrecompile",
            "outputs": [output],
            "progress_message": "Precompiling %s for -%s" % (ctx.attr.include, level),
        }
        if clang:
            ctx.actions.run_shell(
                command = 'source="$1"; shift; exec "$@" < "$source"',
                arguments = [ctx.file.source.path, compiler] + command_line + ["-fpch-instantiate-templates"],
                **action
            )
        else:
            ctx.actions.run(executable = compiler, arguments = command_line, **action)
        outputs.append(output)
    root = header.path[:-len(ctx.attr.include) - 1]
    return [
        DefaultInfo(files = depset(outputs)),
        CcInfo(compilation_context = cc_common.create_compilation_context(
            headers = depset(outputs),
            system_includes = depset([root]),
        )),
    ]

precompiled_header = rule(
    implementation = _precompiled_header_impl,
    attrs = {
        "include": attr.string(
            mandatory = True,
            doc = "The name by which sources, or -include, ask for it.",
        ),
        "source": attr.label(
            mandatory = True,
            allow_single_file = [".h"],
            doc = "What is compiled in its place: it, and whatever else is often included with it.",
        ),
        "unoptimised_only": attr.bool(doc = "Of use to sources that are compiled at -O0."),
        "_cc_toolchain": attr.label(default = Label("@bazel_tools//tools/cpp:current_cc_toolchain")),
    },
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
    doc = """A header that dependents compile from its precompiled form.

For what comes first in a source: .bazelrc puts it there with -include. Where a source does not depend on this, the same
-include finds the header itself.""",
)
