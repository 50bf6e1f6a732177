"""Sources that instantiate the variants of a kernel family, from its parameter space."""

def _variant_sources_impl(ctx):
    shards = [
        ctx.actions.declare_file("%s_%d.cc" % (ctx.label.name, shard))
        for shard in range(ctx.attr.shards)
    ]
    table = ctx.actions.declare_file(ctx.label.name + ".cc")
    arguments = ctx.actions.args()
    arguments.add("--space", ctx.file.space)
    arguments.add("--shard_template", ctx.file.shard_template)
    arguments.add("--table_template", ctx.file.table_template)
    arguments.add_joined("--shard_outputs", shards, join_with = ",")
    arguments.add("--table_output", table)
    arguments.add("--output_root", ctx.bin_dir.path)
    arguments.add_joined("--fingerprint_flags", ctx.attr.fingerprint_flags, join_with = ",")
    arguments.add_all(ctx.files.fingerprinted)
    ctx.actions.run(
        executable = ctx.executable._generator,
        arguments = [arguments],
        inputs = [
            ctx.file.space,
            ctx.file.shard_template,
            ctx.file.table_template,
        ] + ctx.files.fingerprinted,
        outputs = shards + [table],
        mnemonic = "GenerateVariants",
        progress_message = "Generating variants of %s" % ctx.label,
    )
    return [DefaultInfo(files = depset(shards + [table]))]

variant_sources = rule(
    implementation = _variant_sources_impl,
    doc = """Generates one C++ source per shard, and one that lists the shards.

The templates are the family's own: autotune/codegen/variant_template.h says what they may name. The shards
share the space's static configurations evenly, so that they compile side by side.""",
    attrs = {
        "fingerprint_flags": attr.string_list(
            doc = "compiler flags that change the code, for {{fingerprint}}",
        ),
        "fingerprinted": attr.label_list(
            allow_files = True,
            doc = "the kernel's sources, for {{fingerprint}}",
        ),
        "shard_template": attr.label(mandatory = True, allow_single_file = True),
        "shards": attr.int(mandatory = True),
        "space": attr.label(mandatory = True, allow_single_file = [".space.textproto"]),
        "table_template": attr.label(mandatory = True, allow_single_file = True),
        "_generator": attr.label(
            default = "//autotune/codegen:generate_variants",
            executable = True,
            cfg = "exec",
        ),
    },
)
