"""What builds find, and several of them at once."""

import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from dev.failure import Failure
from dev.instance import ROOT
from dev.progress import Step
from dev.subprocesses import follow, together


class LinkerTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "main.c").write_text("int main(void) { return 7; }\n")

    def programs_without_mold(self) -> Path:
        """The system's programs but mold, which may be installed where this runs."""
        folder = self.folder / "bin"
        folder.mkdir()
        for program in Path("/usr/bin").iterdir():
            if "mold" not in program.name:
                (folder / program.name).symlink_to(program)
        return folder

    def link(self, cache: Path) -> int:
        """Links a program with an environment that has no linker of ours on PATH; gives what the program answers."""
        environment = {"PATH": str(self.programs_without_mold()), "HOME": str(self.folder), "KITH_CACHE": str(cache)}
        program = self.folder / "program"
        subprocess.run([str(ROOT / "tools/cc"), str(self.folder / "main.c"), "-o", str(program)], env=environment, check=True)
        return subprocess.run([str(program)]).returncode

    def test_without_mold_the_compilers_own_linker_links(self):
        self.assertEqual(self.link(self.folder / "nothing"), 7)

    def test_mold_in_the_cache_is_used_without_being_on_the_path(self):
        folder = self.folder / "cache/some-machine/linker"
        folder.mkdir(parents=True)
        mold = folder / "ld.mold"
        mold.write_text(f'#!/bin/sh\ntouch "{self.folder}/used"\nexec /usr/bin/ld "$@"\n')
        mold.chmod(0o755)
        self.assertEqual(self.link(self.folder / "cache"), 7)
        self.assertTrue((self.folder / "used").exists())


class TogetherTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def program(self, code: str):
        log = self.folder / f"{abs(hash(code))}.log"
        return lambda: follow(Step(""), [sys.executable, "-c", code], self.folder, dict(os.environ), log, "it failed")

    def test_all_are_done_at_once_and_give_what_they_returned(self):
        # Each waits for the other, so neither could end if they ran in turn.
        meet = "import os, time\nopen({!r}, 'w').close()\nwhile not os.path.exists({!r}): time.sleep(0.01)\nprint({!r})"
        outputs = together([self.program(meet.format("a", "b", "first")), self.program(meet.format("b", "a", "second"))])
        self.assertTrue(outputs[0].endswith("first\n"))
        self.assertTrue(outputs[1].endswith("second\n"))

    def test_when_one_fails_the_others_are_ended(self):
        started = time.monotonic()
        with self.assertRaisesRegex(Failure, "it failed"):
            together([self.program("import time\ntime.sleep(600)"), self.program("raise SystemExit(1)")])
        self.assertLess(time.monotonic() - started, 300)


if __name__ == "__main__":
    unittest.main()
