"""The parts of the comparison that need no GPU, and the C interface's binding, on the CPU."""

import contextlib
import ctypes
import importlib
import io
import json
import math
import os
import random
import sys
import tempfile
import unittest
import unittest.mock

import attune
import results


class ResultsTest(unittest.TestCase):
    def test_problem_names_are_read_as_written(self):
        for name in (
            "forward/bf16/128/causal/4096/4x16",
            "forward/fp32/192_128/window:64:0/1_2048/2x32_8",
            "forward/fp16/64/window:inf:5/512/1x1",
            "forward/fp16/64/full/512/1x1",
            "forward/bf16/128/causal+soft_cap+alibi/4096/4x16",
        ):
            self.assertEqual(results.parse_problem(name).name(), name)
        for name, expected in (
            ("bf16/128/diagonal/4096/4x16", "expected mask"),
            ("bf16/128/full+cap/4096/4x16", "expected modifiers"),
            ("bf16/128/full/4096", "expected dtype/dim/mask/length/batchxheads"),
            ("fp8/128/full/4096/4x16", "expected dtype fp32, fp16 or bf16"),
            ("bf16/128/full/4k/4x16", "expected a number, not '4k'"),
            ("bf16/128/full/4096/4", "expected a number, not ''"),
            ("bf16/128/window:a:0/4096/4x16", "expected a number, not 'a'"),
        ):
            with self.assertRaisesRegex(ValueError, expected):
                results.parse_problem(name)

    def test_flops_count_the_pairs_that_the_mask_admits(self):
        self.assertEqual(results.parse_problem("bf16/8/full/4/1x1").flops(), 2 * 16 * 16)
        self.assertEqual(results.parse_problem("bf16/8/causal/4/1x1").flops(), 2 * 10 * 16)
        self.assertEqual(results.parse_problem("bf16/8/causal/1_4/1x1").flops(), 2 * 4 * 16)
        self.assertEqual(results.parse_problem("bf16/8/window:1:0/4/1x1").flops(), 2 * 7 * 16)

    def test_interval_covers_the_median_as_often_as_it_says(self):
        generator = random.Random(7)
        trials, covered = 2000, 0
        for _ in range(trials):
            low, high = results.median_interval([generator.expovariate(1) for _ in range(25)])
            covered += low <= math.log(2) <= high
        self.assertGreaterEqual(covered / trials, 0.94)
        self.assertEqual(results.median_interval([3, 1, 2]), (1, 3))

    def test_ratios_are_paired_by_round(self):
        drifting = [1.0, 10.0, 100.0, 3.0, 7.0]
        ratio, low, high = results.paired_ratio([2 * t for t in drifting], drifting)
        self.assertEqual((ratio, low, high), (2, 2, 2))

    def test_file_holds_every_sample_and_prints_again(self):
        problem = results.parse_problem("bf16/8/full/4/1x1")
        times = {"peer": [3e-3, 1e-3, 2e-3], "ours": [2e-3, 1e-3, 1e-3]}
        rows = [
            results.row(problem, name, times[name], label, {"mean_error": 1.23456e-4})
            for name, label in (("peer", ""), ("ours", "block_m=64"))
        ]
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "result.json")
            results.write(path, {"commit": "abc"}, rows)
            with open(path, encoding="utf-8") as file:
                read = json.load(file)
            tables = results.tables(path)
        self.assertEqual(read["context"]["commit"], "abc")
        (peer, ours) = read["benchmarks"]
        self.assertEqual(peer["samples"], [3.0, 1.0, 2.0])
        self.assertEqual((peer["time_unit"], peer["real_time"]), ("us", 2.0))
        self.assertEqual((peer["mean_error"], ours["label"]), (1.235e-4, "block_m=64"))
        self.assertEqual(tables, results.table(rows))
        first, fastest, slower = tables.splitlines()
        self.assertEqual(first, problem.name())
        self.assertTrue(fastest.endswith("0.0010 [0.0010, 0.0020] ms  ours"), fastest)
        self.assertTrue(slower.endswith("ms  peer  1.500x [1.000, 2.000] ours"), slower)


class LimitHit(Exception):
    """As Dynamo's own, which is no RuntimeError."""


class ComparisonTest(unittest.TestCase):
    """compare.py with a PyTorch that does nothing: there is none among what Attune is built with."""

    problem = results.parse_problem("bf16/8/full/4/1x1")

    def setUp(self):
        self.torch = unittest.mock.MagicMock()
        self.torch._dynamo.exc.FailOnRecompileLimitHit = LimitHit
        modules = {"torch": self.torch, "torch._dynamo": self.torch._dynamo}
        for name in ("nn", "nn.functional", "nn.attention"):
            modules[f"torch.{name}"] = self.torch
        patch = unittest.mock.patch.dict(sys.modules, modules)
        patch.start()
        self.addCleanup(patch.stop)
        self.compare = importlib.import_module("compare")

    def test_what_of_attune_fails_is_said_and_left_out(self):
        class FakeCase(self.compare.Case):
            def add_attune(self, _library, spec):
                if spec == "unplanned":
                    raise attune.Error("no plan")
                self.rivals[spec] = None
                return spec

            def mean_error(self, name):
                if name == "broken":
                    raise attune.Error("no run")
                return math.nan if name == "wrong" else 0

        with unittest.mock.patch.object(self.compare, "Case", FakeCase):
            specs = ["unplanned", "broken", "wrong", "right"]
            case, failed = self.compare.prepared(None, self.problem, specs, [])
        self.assertEqual(sorted(case.rivals), ["right", "wrong"])
        reasons = ("unplanned: no plan", "broken: no run", "wrong: mean error nan")
        self.assertEqual(failed, [f"{self.problem.name()} {reason}" for reason in reasons])

    def test_a_problem_without_rivals_says_what_was_skipped(self):
        case = self.compare.Case(self.problem)
        case.skipped["torch_flash"] = "no kernel"
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            self.assertEqual(self.compare.report(case, {}), [])
        expected = f"{self.problem.name()}\n  skipped torch_flash: no kernel\n"
        self.assertEqual(printed.getvalue(), expected)

    def test_dynamo_compiles_every_problem_or_says_that_it_does_not(self):
        config = self.torch._dynamo.config = unittest.mock.Mock(
            spec=["recompile_limit", "fail_on_recompile_limit_hit"], recompile_limit=8
        )
        self.compare.prepare_dynamo(1)
        self.assertEqual(config.recompile_limit, 8)
        self.compare.prepare_dynamo(9)
        self.assertGreaterEqual(config.recompile_limit, 9)
        self.assertIs(config.fail_on_recompile_limit_hit, True)
        self.assertEqual(self.torch._dynamo.reset.call_count, 2)

        case = self.compare.Case(self.problem)
        case._peer = unittest.mock.Mock(side_effect=LimitHit("recompile limit reached\nmore"))
        case.add_peer("torch_flex")
        self.assertEqual(case.skipped, {"torch_flex": "recompile limit reached"})


class BindingTest(unittest.TestCase):
    def setUp(self):
        self.library = attune.Library(os.environ["LIBATTUNE"])

    def test_plan_runs_on_the_cpu(self):
        length, dim = 3, 8
        problem = attune.forward_problem("fp32", 1, 1, 1, length, length, dim, dim, None, 0)
        plan = self.library.plan(problem)
        array = ctypes.c_float * (length * dim)
        query, key, out = array(), array(), array()
        value = array(*(float(i // dim) for i in range(length * dim)))
        address = {"query": query, "key": key, "value": value, "out": out}
        plan.run(attune.Tensors(**{k: ctypes.addressof(v) for k, v in address.items()}))
        # Equal keys: each row is the mean of the values that it sees.
        for row, expected in enumerate((0.0, 0.5, 1.0)):
            self.assertAlmostEqual(out[row * dim], expected, places=5)
        self.assertEqual(plan.family(), "cpu_forward")
        self.assertIn("query_tile=", plan.configuration())
        self.assertIn("family: cpu_forward", plan.explain())
        self.assertGreater(plan.workspace_bytes(), 0)
        self.assertTrue(self.library.build())

    def test_plans_take_score_modifiers(self):
        modifiers = (2.0, True)
        problem = attune.forward_problem("fp32", 1, 1, 1, 2, 2, 8, 8, None, 0, *modifiers)
        plan = self.library.plan(problem)
        array = ctypes.c_float * 16
        ones = array(*[1.0] * 16)
        value, out, slopes = array(*[1.0] * 8), array(), (ctypes.c_float * 1)(0.5)
        address = {"query": ones, "key": ones, "value": value, "out": out, "alibi_slopes": slopes}
        plan.run(attune.Tensors(**{k: ctypes.addressof(v) for k, v in address.items()}))
        # The second row's scores differ by the bias alone.
        self.assertAlmostEqual(out[8], 1 / (1 + math.exp(0.5)), places=5)

    def test_errors_are_the_librarys_own_words(self):
        problem = attune.forward_problem("fp32", 1, 1, 1, 4, 4, 7, 8, None, None)
        with self.assertRaisesRegex(attune.Error, "qk_dim"):
            self.library.plan(problem)


if __name__ == "__main__":
    sys.exit(unittest.main())
