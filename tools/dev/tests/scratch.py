"""A throw-away instance for one test, with the engines that it starts stopped at its end."""

import shutil
import tempfile
import unittest
from pathlib import Path

from dev import account, processes
from dev.instance import Instance


class InstanceTest(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="kith-launcher-"))
        # Engines run as another user when root tests.
        self.folder.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.instance = Instance("scratch", self.folder)
        self.addCleanup(account.forget, self.instance)
        self.addCleanup(self._stop)

    def _stop(self) -> None:
        for name in processes.names(self.instance):
            processes.stop(self.instance, name, seconds=10)
