"""Whether the machine has a Chromium, as the Bazel repository @browser.

Tests with `target_compatible_with = REQUIRES_CHROMIUM` are skipped where there is none, for that reason.
"""

REQUIRES_CHROMIUM = ["@browser//:chromium_found"]

_BUILD = """\
package(default_visibility = ["//visibility:public"])

constraint_setting(
    name = "chromium",
    default_constraint_value = ":{default}",
)

constraint_value(
    name = "chromium_found",
    constraint_setting = ":chromium",
)

# apt-get install chromium
constraint_value(
    name = "chromium_missing",
    constraint_setting = ":chromium",
)
"""

def _browser_impl(repository_ctx):
    # benchmarks/report/browser/chromium.py looks for the same names.
    found = [
        name
        for name in ["chromium", "chromium-browser", "google-chrome"]
        if repository_ctx.which(name)
    ]
    default = "chromium_found" if found else "chromium_missing"
    repository_ctx.file("BUILD", _BUILD.format(default = default), executable = False)

browser = repository_rule(
    implementation = _browser_impl,
    doc = "A Chromium on $PATH.",
    environ = ["PATH"],
    local = True,
)
