import contextlib
import io
import os
import sys
import unittest

from dev import runner
from dev.checks import Check


def program(code: str):
    return lambda run: run.command([sys.executable, "-c", code], dict(os.environ))


class RunnerTest(unittest.TestCase):
    def run_checks(self, *checks: Check) -> tuple[int, list[str]]:
        output = io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(io.StringIO()):
            code = runner.run_all(list(checks))
        return code, output.getvalue().splitlines()

    def test_the_last_lines_are_the_runners_own_and_the_count(self):
        code, lines = self.run_checks(Check("self-test", "", program("print('test result: ok. 3 passed; 0 failed')")))
        self.assertEqual(code, 0)
        self.assertEqual(lines[-2:], ["test result: ok. 3 passed; 0 failed", "1 passed, 0 failed"])

    def test_a_failure_does_not_hide_what_comes_after_it(self):
        code, lines = self.run_checks(
            Check("self-test-first", "", program("raise SystemExit(1)")),
            Check("self-test-second", "", program("print('fine')")),
            Check("self-test-third", "", program("print('never')"), after=("self-test-first",)),
        )
        self.assertEqual(code, 1)
        self.assertEqual(lines[-1], "1 passed, 1 failed, 1 skipped")
        self.assertNotIn("never", "\n".join(lines))
