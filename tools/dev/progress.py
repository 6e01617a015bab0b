"""Progress of long steps: a spinner on a terminal, plain lines elsewhere.

Everything goes to standard error, so that `./dev tools` and `./dev env` can print pure JSON.
"""

import itertools
import shutil
import sys
import threading
import time
from contextlib import contextmanager

FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


def is_terminal() -> bool:
    return sys.stderr.isatty()


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class Step:
    """One running step; `detail` is what it is doing at the moment."""

    def __init__(self, title: str):
        self.title = title
        self.detail = ""
        self.result = ""
        self.started = time.monotonic()

    def elapsed(self) -> str:
        return duration(time.monotonic() - self.started)


def duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60):02d} s"


def _spin(step: Step, done: threading.Event) -> None:
    for frame in itertools.cycle(FRAMES):
        width = shutil.get_terminal_size().columns - 1
        line = f"{frame} {step.title} · {step.elapsed()}"
        if step.detail:
            line += f" · {step.detail}"
        sys.stderr.write("\r\x1b[2K" + line[:width])
        sys.stderr.flush()
        if done.wait(0.1):
            break
    sys.stderr.write("\r\x1b[2K")


def _report(step: Step, done: threading.Event) -> None:
    # A log without a sign of life for minutes looks like a hang.
    while not done.wait(30):
        say(f"  … {step.title} · {step.elapsed()}" + (f" · {step.detail}" if step.detail else ""))


@contextmanager
def running(title: str):
    """Shows `title` while the block runs and how it ended."""
    step = Step(title)
    done = threading.Event()
    if not is_terminal():
        say(f"→ {title}")
    thread = threading.Thread(target=_spin if is_terminal() else _report, args=(step, done), daemon=True)
    thread.start()
    try:
        yield step
    except BaseException:
        done.set()
        thread.join()
        say(f"✗ {title} · {step.elapsed()}")
        raise
    done.set()
    thread.join()
    say(f"✓ {title}" + (f" · {step.result}" if step.result else "") + f" · {step.elapsed()}")
