import os
import tempfile
import threading
import unittest
from pathlib import Path
from unittest import mock

from dev import cache


class CacheTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        environment = mock.patch.dict(os.environ, {"KITH_CACHE": folder.name})
        environment.start()
        self.addCleanup(environment.stop)

    def test_an_interrupted_download_leaves_nothing_behind(self):
        def interrupted(folder: Path) -> None:
            (folder / "half").write_text("…")
            raise KeyboardInterrupt

        with self.assertRaises(KeyboardInterrupt):
            cache.entry("debian/tool", interrupted)
        self.assertEqual(list((cache.root() / "debian").iterdir()), [])

    def test_what_a_killed_download_left_is_cleared_away(self):
        abandoned = cache.root() / "debian/.tool.partial-x"
        abandoned.mkdir(parents=True)
        cache.entry("debian/tool", lambda folder: (folder / "whole").touch())
        self.assertFalse(abandoned.exists())
        self.assertTrue((cache.root() / "debian/tool/whole").exists())

    def test_two_that_want_the_same_tool_fetch_it_once(self):
        fetched = []
        threads = [threading.Thread(target=cache.entry, args=("tool", fetched.append)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(fetched), 1)
