"""Scripts that npm fetches, pinned by the integrity hashes of third_party/npm/package-lock.json.

Bazel evaluates such a repository only when a target needs a file of it. Those targets are tagged `manual`, so that
`//...` never does: the tests need neither npm nor a network.
"""

def _npm_file_impl(repository_ctx):
    npm = repository_ctx.which("npm")
    if not npm:
        fail("{} comes from npm, which was not found: apt-get install npm".format(repository_ctx.attr.path))
    for label in [repository_ctx.attr.package, repository_ctx.attr.lock]:
        repository_ctx.file(label.name, repository_ctx.read(label), executable = False)

    # Fails where what it gets does not have the hash of the lock file.
    result = repository_ctx.execute(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"],
        timeout = 300,
    )
    if result.return_code != 0:
        fail("npm could not fetch {}: {}{}".format(repository_ctx.attr.path, result.stdout, result.stderr))
    file = repository_ctx.path("node_modules/" + repository_ctx.attr.path)
    if not file.exists:
        fail("the npm packages have no file " + repository_ctx.attr.path)
    repository_ctx.symlink(file, file.basename)
    repository_ctx.file(
        "BUILD",
        "exports_files([\"{}\"])\n".format(file.basename),
        executable = False,
    )

npm_file = repository_rule(
    implementation = _npm_file_impl,
    doc = "One file of the npm packages that third_party/npm/package.json names: `path` under node_modules.",
    attrs = {
        "lock": attr.label(default = "//third_party/npm:package-lock.json"),
        "package": attr.label(default = "//third_party/npm:package.json"),
        "path": attr.string(mandatory = True),
    },
)
