"""Text files as C++ constants."""

def _embedded_text_impl(ctx):
    output = ctx.actions.declare_file(ctx.label.name + ".cc")
    ctx.actions.run_shell(
        inputs = [ctx.file.src],
        outputs = [output],
        arguments = [ctx.attr.header, ctx.attr.constant, ctx.file.src.path, output.path],
        command = """{
            printf '#include "%s"\\nnamespace attune {\\nconst char %s[] = R"embedded(' "$1" "$2"
            cat "$3"
            printf ')embedded";\\n}  // namespace attune\\n'
        } > "$4" """,
        mnemonic = "EmbedText",
    )
    return [DefaultInfo(files = depset([output]))]

embedded_text = rule(
    implementation = _embedded_text_impl,
    doc = "A source that defines `attune::constant`, declared in `header` as extern const char[], as a file's text.",
    attrs = {
        "constant": attr.string(mandatory = True),
        "header": attr.string(mandatory = True),
        "src": attr.label(mandatory = True, allow_single_file = True),
    },
)

def _embedded_files_impl(ctx):
    arguments = ctx.actions.args()
    arguments.add(ctx.attr.function)
    arguments.add(ctx.outputs.header.short_path)
    arguments.add(ctx.outputs.header)
    arguments.add(ctx.outputs.source)
    for file in ctx.files.srcs:
        arguments.add(file.short_path)
        arguments.add(file)
    ctx.actions.run_shell(
        inputs = ctx.files.srcs,
        outputs = [ctx.outputs.header, ctx.outputs.source],
        arguments = [arguments],
        command = """
            function="$1" include="$2" header="$3" source="$4"
            shift 4
            map='std::map<std::string, std::string, std::less<>>'
            {
                printf '#pragma once\n#include <functional>\n#include <map>\n#include <string>\n'
                printf 'namespace attune {\nconst %s& %s();\n}  // namespace attune\n' "$map" "$function"
            } > "$header"
            {
                printf '#include "%s"\nnamespace attune {\nconst %s& %s() {\n' "$include" "$map" "$function"
                printf '  static const auto* const files = new %s{\n' "$map"
                while (($#)); do
                    printf '{"%s", R"embedded(' "$1"
                    cat "$2"
                    printf ')embedded"},\n'
                    shift 2
                done
                printf '};\n  return *files;\n}\n}  // namespace attune\n'
            } > "$source" """,
        mnemonic = "EmbedFiles",
    )

embedded_files = rule(
    implementation = _embedded_files_impl,
    doc = """NAME.h and NAME.cc: `attune::function()` gives the texts of files by their paths in the repository.""",
    attrs = {
        "function": attr.string(mandatory = True),
        "srcs": attr.label_list(mandatory = True, allow_files = True),
    },
    outputs = {
        "header": "%{name}.h",
        "source": "%{name}.cc",
    },
)
