"""Libraries that come from the machine's packages, as Bazel repositories."""

_LIBRARY_DIRECTORIES = [
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
]

def _missing(what, package):
    fail(("{what} was not found. It comes from the Debian package {package}: " +
          "run tools/bazel as root, which installs what is missing, or " +
          "apt-get install it.").format(what = what, package = package))

def _soname(repository_ctx, path):
    # The file's real name carries the full version (libtbb.so.12.8); binaries ask for the name that
    # the library was linked under (libtbb.so.12), which is what has to travel beside them.
    result = repository_ctx.execute(["objdump", "-p", str(path)])
    for line in result.stdout.split("\n"):
        fields = [field for field in line.split(" ") if field]
        if len(fields) == 2 and fields[0] == "SONAME":
            return fields[1]
    fail("objdump found no SONAME in {}: is binutils installed?".format(path))

def _find_library(repository_ctx, name):
    for directory in _LIBRARY_DIRECTORIES:
        path = repository_ctx.path(directory).get_child(name)
        if path.exists:
            return path
    return _missing(name, repository_ctx.attr.package)

def _debian_library_impl(repository_ctx):
    substitutions = {}
    for name in repository_ctx.attr.shared_objects:
        path = _find_library(repository_ctx, name)
        soname = _soname(repository_ctx, path)
        repository_ctx.symlink(path.realpath, soname)
        substitutions["{%s}" % name] = soname
    for name in repository_ctx.attr.programs:
        path = repository_ctx.which(name)
        if not path:
            _missing(name, repository_ctx.attr.package)
        repository_ctx.symlink(path, name)
    repository_ctx.template("BUILD", repository_ctx.attr.build_file, substitutions)

debian_library = repository_rule(
    implementation = _debian_library_impl,
    doc = """A library installed by a Debian package.

Headers are found where the compiler looks anyway (/usr/include). Shared objects become files of the
repository, so that Bazel places them beside the binaries that need them. In the BUILD template,
`{libname.so}` stands for the versioned name of that shared object.""",
    attrs = {
        "build_file": attr.label(mandatory = True, allow_single_file = True),
        "package": attr.string(mandatory = True),
        "programs": attr.string_list(),
        "shared_objects": attr.string_list(),
    },
    local = True,
)
