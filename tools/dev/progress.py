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
    with _screen:
        _erase()
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


# Several steps may run at once, each in a thread of its own; on a terminal each has a line.
_screen = threading.RLock()
_running: list[Step] = []
_drawn = 0


def _erase() -> None:
    """Takes the lines of the running steps off the terminal."""
    global _drawn
    if _drawn:
        sys.stderr.write("\x1b[2K\x1b[1A" * (_drawn - 1) + "\r\x1b[2K")
        _drawn = 0


def _draw(frame: str) -> None:
    global _drawn
    width = shutil.get_terminal_size().columns - 1
    with _screen:
        _erase()
        lines = [f"{frame} {step.title} · {step.elapsed()}" + (f" · {step.detail}" if step.detail else "") for step in _running]
        sys.stderr.write("\n".join(line[:width] for line in lines))
        sys.stderr.flush()
        _drawn = len(lines)


def _spin(step: Step, done: threading.Event) -> None:
    for frame in itertools.cycle(FRAMES):
        # The first of them draws all.
        if _running and _running[0] is step:
            _draw(frame)
        if done.wait(0.1):
            break


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
    with _screen:
        _running.append(step)
    thread.start()
    ending = "✗"
    try:
        yield step
        ending = "✓"
    finally:
        done.set()
        thread.join()
        with _screen:
            _erase()
            _running.remove(step)
        say(f"{ending} {title}" + (f" · {step.result}" if step.result else "") + f" · {step.elapsed()}")
