"""Opens dashboards in a headless Chromium without a network: page_test.py DASHBOARD RESULTS_FOLDER."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

import chromium
import many_rows

VIEWS = ("fastest", "roofline", "history", "compare", "tuning", "provenance")
DASHBOARD, RESULTS = (os.path.abspath(path) for path in sys.argv[1:3])
MANY = 50_000
# What the page promises for MANY rows, of processor time. Neighbours on the machine lengthen what a clock says of the
# same work, so by the clock it may be SLACK times that, and more where more wait for the processors than there are.
OPEN_SECONDS, FILTER_SECONDS, SLACK = 3, 0.2, 4

# Markup in every place that a text can come from.
NASTY = "</script><img src=x onerror=alert(1)>'\"`${1}&amp;"


def write_dashboard(results, page):
    subprocess.run([DASHBOARD, results, "-o", page], check=True, stdout=subprocess.DEVNULL)
    return "file://" + page


def nasty_results(folder):
    rows = [
        {"name": f"forward/{NASTY}/64/full/512/1x1/{NASTY}", "label": NASTY, "real_time": 1 + i / 99}
        for i in range(8)
    ]
    rows += [{"name": NASTY, "error_occurred": True, "error_message": NASTY}, {"name": ""}]
    for i in range(2):
        with open(os.path.join(folder, f"{i}.json"), "w", encoding="utf-8") as file:
            json.dump({"context": {"commit": NASTY, "device": NASTY}, "benchmarks": rows}, file)
    for name, text in (("cut'\"<b>.json", '{"benchmarks": ['), ("empty.json", ""), ("a.log", "x")):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)


class PageTest(unittest.TestCase):
    # What a served page may ask; no other page may ask anything.
    server = "nothing"

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.page = chromium.Page(chromium.find())

    def tearDown(self):
        errors = self.page.errors
        requests = [url for url in self.page.requests if not url.startswith(self.server)]
        self.page.close()
        shutil.rmtree(self.folder)
        self.assertEqual(errors, [])
        self.assertEqual(requests, [])

    def real(self):
        return write_dashboard(RESULTS, os.path.join(self.folder, "real.html"))

    def value(self, expression):
        return self.page.evaluate(expression)

    def wait_for(self, expression, seconds=30):
        deadline = time.monotonic() + seconds
        while not self.value(expression):
            self.assertLess(time.monotonic(), deadline, expression)
            time.sleep(0.1)

    def shown_rows(self):
        return int(self.value("document.getElementById('summary').textContent.split(' ')[0]"))

    def choose(self, element, value):
        """Changes a select, and returns the seconds until the change was drawn."""
        return self.value(
            f"""new Promise((done) => {{
              const select = document.getElementById('{element}');
              const start = performance.now();
              select.value = '{value}';
              select.dispatchEvent(new Event('change'));
              const drawn = () => setTimeout(() => done((performance.now() - start) / 1e3));
              requestAnimationFrame(() => requestAnimationFrame(drawn));
            }})"""
        )

    def test_every_view_opens_in_light_and_dark(self):
        url = self.real()
        for theme in ("light", "dark"):
            self.page.open(f"{url}#theme={theme}")
            for key, view in enumerate(VIEWS, 1):
                self.page.press(str(key))
                selected = "document.querySelector('[aria-selected=true][role=tab]').id"
                self.assertEqual(self.value(selected), f"tab-{view}")
                self.assertGreater(self.value("document.querySelectorAll('main section').length"), 0)
                if view != "provenance":
                    drawn = "document.querySelectorAll('.chart canvas').length"
                    self.assertGreater(self.value(drawn), 0, view)
                self.assertEqual(self.value("document.documentElement.dataset.theme"), theme)

    def test_filters_narrow_the_rows_and_live_in_the_address(self):
        url = self.real()
        self.page.open(url)
        everything = self.shown_rows()
        self.choose("filter-dtype", "bf16")
        some = self.shown_rows()
        self.assertTrue(0 < some < everything)
        self.assertIn("dtype=bf16", self.value("location.hash"))
        self.page.open(self.value("location.href"))
        self.assertEqual(self.shown_rows(), some)
        self.assertEqual(self.value("document.getElementById('filter-dtype').value"), "bf16")
        self.page.press("x")
        self.assertEqual(self.shown_rows(), everything)
        self.page.press("/")
        for letter in "causal 4096":
            self.page.press(letter)
        self.assertTrue(0 < self.shown_rows() < everything)
        self.assertEqual(self.value("document.activeElement.id"), "filter-q")

    def test_brushing_keeps_the_trials_of_a_range(self):
        self.page.open(self.real() + "#view=tuning")
        rows = "parseInt(document.querySelector('#brushed .note').textContent)"
        everything = self.value(rows)
        self.value("document.getElementById('brushed').previousSibling.scrollIntoView()")
        self.page.settle()
        # Half of the last axis, where the times are.
        where = """(() => {
          const chart = attune.tuningChart;
          const system = chart.getModel().getComponent("parallel").coordinateSystem;
          const axis = system.getAxisLayout(system.dimensions.at(-1));
          const box = chart.getDom().getBoundingClientRect();
          const extent = system.getAxis(system.dimensions.at(-1)).getExtent();
          return [box.left + axis.position[0], box.top + axis.position[1], Math.max(...extent)];
        })()"""
        x, y, length = self.value(where)
        self.page.drag((x, y - length + 2), (x, y - length / 2))
        self.page.settle()
        brushed = self.value(rows)
        self.assertTrue(0 < brushed < everything, f"{brushed} of {everything}")

    def test_the_tuning_view_says_what_each_constraint_removed(self):
        self.page.open(self.real() + "#view=tuning")
        log = "attune.data.tuning.findIndex((run) => run.admitted !== null)"
        self.page.open(self.value("location.href") + f"&log={self.value(log)}")
        text = self.value("[...document.querySelectorAll('section')].at(-1).textContent")
        run = f"attune.data.tuning[{self.value(log)}]"
        removed = self.value(f"{run}.constraints.reduce((sum, c) => sum + c.removed, 0)")
        self.assertEqual(removed + self.value(f"{run}.admitted"), self.value(f"{run}.space_size"))
        self.assertIn(f"left {self.value(run + '.admitted')} to try", text)

    def test_two_runs_compare_and_swap(self):
        self.page.open(self.real() + "#view=compare")
        first = "document.querySelector('main tbody tr:first-child').textContent"
        verdicts = "[...document.querySelectorAll('main p span')].map((s) => parseInt(s.textContent))"
        before, counts = self.value(first), self.value(verdicts)
        self.assertGreater(sum(counts), 0)
        self.value("[...document.querySelectorAll('button')].find((b) => b.textContent == 'Swap').click()")
        self.page.settle()
        swapped = self.value(verdicts)
        self.assertEqual([swapped[1], swapped[0], *swapped[2:]], counts)
        self.assertNotEqual(self.value(first), before)

    def test_markup_in_data_stays_text_and_unreadable_files_are_counted(self):
        results = os.path.join(self.folder, "results")
        os.mkdir(results)
        nasty_results(results)
        url = write_dashboard(results, os.path.join(self.folder, "nasty.html"))
        for view in VIEWS:
            self.page.open(f"{url}#view={view}")
            self.assertEqual(self.value("document.images.length"), 0)
            self.assertEqual(self.value("document.scripts.length"), 3)
            self.assertEqual(self.shown_rows(), 2)
        text = self.value("document.body.textContent")
        self.assertIn(NASTY, text)
        for part in ("3 skipped", "4 rows in trouble", "cut'\"<b>.json", "empty.json", "a.log"):
            self.assertIn(part, text)

    def write_results(self, name):
        rows = [{"name": f"{name}{i}", "real_time": 1} for i in range(4)]
        with open(os.path.join(self.folder, name + ".json"), "w", encoding="utf-8") as file:
            json.dump({"benchmarks": rows}, file)

    def follow(self, server):
        self.server = server
        self.page.open(self.server + "#view=provenance&q=one")
        self.assertEqual(self.shown_rows(), 4)
        # It knows what it shows, whether it has asked yet or not: no change after that is lost.
        with urllib.request.urlopen(self.server + "version") as version:
            self.assertEqual(self.value("attune.version"), version.read().decode())
        self.write_results("two")
        self.wait_for("document.getElementById('summary')?.textContent.includes('of 8')")
        shutil.copy(next(pathlib.Path(RESULTS).glob("**/*.pb.log")), self.folder)
        self.wait_for("globalThis.attune?.data?.tuning.length === 1 && attune.isDrawn")
        self.assertEqual(self.shown_rows(), 4)
        self.assertIn("view=provenance", self.value("location.hash"))
        self.page.open("about:blank#", drawn="true")

    def test_a_served_page_follows_results_and_trial_logs_and_keeps_its_view(self):
        self.write_results("one")
        command = [DASHBOARD, self.folder, "--serve=0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                self.follow(process.stdout.readline().split()[0].replace("localhost", "127.0.0.1"))
            finally:
                process.kill()

    def filter_times(self):
        """The most that a filter takes: seconds by the clock, and of the processor."""
        times = []
        for dtype in ("bf16", "fp16", ""):
            before = self.page.cpu_seconds()
            clock = self.choose("filter-dtype", dtype)
            times.append((clock, self.page.cpu_seconds() - before))
        return tuple(map(max, zip(*times, strict=True)))

    def test_fifty_thousand_rows_open_and_filter(self):
        results = os.path.join(self.folder, "many")
        many_rows.write(results, MANY)
        url = write_dashboard(results, os.path.join(self.folder, "many.html"))
        for view in VIEWS:
            opened = (self.page.open(f"{url}#view={view}"), self.page.cpu_seconds())
            self.assertEqual(self.shown_rows(), MANY)
            filtered = self.filter_times()
            print(
                f"{MANY} rows, {view}: opened in {opened[0]:.2f} s ({opened[1]:.2f} of the processor), "
                f"filtered in {filtered[0]:.3f} s ({filtered[1]:.3f})"
            )
            slack = SLACK * max(1, os.getloadavg()[0] / os.cpu_count())
            for (clock, processor), bound in ((opened, OPEN_SECONDS), (filtered, FILTER_SECONDS)):
                self.assertLess(processor, bound, view)
                self.assertLess(clock, slack * bound, view)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
