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
