import os
import signal
import sys

from dev import processes
from dev.failure import Failure
from dev.tests.scratch import InstanceTest


class ProcessesTest(InstanceTest):
    def begin(self, program: str) -> processes.Process:
        return processes.start(self.instance, "probe", [sys.executable, "-c", program], dict(os.environ))

    def test_a_process_that_ends_by_itself_is_reported_with_its_last_words(self):
        process = self.begin("print('no such database'); raise SystemExit(3)")
        with self.assertRaises(Failure) as caught:
            processes.wait_ready(self.instance, process, lambda: "no answer", 20)
        self.assertIn("ended by itself", caught.exception.why)
        self.assertIn("no such database", caught.exception.log)

    def test_a_killed_process_counts_as_gone(self):
        process = self.begin("import signal; signal.pause()")
        self.assertIsNotNone(processes.running(self.instance, "probe"))
        processes.send(process, signal.SIGKILL)
        self.assertTrue(processes.wait_gone(process, 10))
        self.assertIsNone(processes.running(self.instance, "probe"))
        self.assertIsNotNone(processes.find(self.instance, "probe"), "its last start is still known")

    def test_a_stranger_with_the_same_number_is_not_mistaken_for_it(self):
        process = self.begin("import signal; signal.pause()")
        stranger = processes.Process(**{**process.__dict__, "started": process.started + 1})
        self.assertTrue(process.alive())
        self.assertFalse(stranger.alive())
        processes.send(stranger, signal.SIGKILL)
        self.assertTrue(process.alive())

    def test_one_that_ignores_the_request_to_stop_is_killed(self):
        program = "import signal; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
        process = self.begin(program)
        log = self.instance.log("probe")
        processes.wait_ready(self.instance, process, lambda: None if "deaf" in log.read_text() else "not yet", 20)
        self.assertFalse(processes.stop(self.instance, "probe", seconds=0.2))
        self.assertFalse(process.alive())
