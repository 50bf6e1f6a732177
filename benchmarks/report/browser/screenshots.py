"""Pictures of every view of a dashboard, light and dark: screenshots.py DASHBOARD.html FOLDER."""

import os
import sys

import chromium

VIEWS = ("fastest", "roofline", "history", "compare", "tuning", "provenance")


def main():
    if len(sys.argv) != 3 or not chromium.find():
        sys.exit(f"{__doc__} It needs Chromium (apt-get install chromium).")
    url = "file://" + os.path.abspath(sys.argv[1])
    page = chromium.Page(chromium.find())
    for view in VIEWS:
        for theme in ("light", "dark"):
            page.open(f"{url}#view={view}&theme={theme}")
            page.screenshot(os.path.join(sys.argv[2], f"{view}_{theme}.webp"))
    page.close()
    if page.errors or page.requests:
        sys.exit("\n".join(page.errors + page.requests))


if __name__ == "__main__":
    main()
