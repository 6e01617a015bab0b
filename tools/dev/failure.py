"""The one error that reaches a person."""


class Failure(Exception):
    """A step that could not be done: what, why, and what to do about it."""

    def __init__(self, what: str, why: str = "", remedy: str = "", log: str = ""):
        super().__init__(what)
        self.what = what
        self.why = why
        self.remedy = remedy
        self.log = log

    def render(self) -> str:
        lines = [f"✗ {self.what}"]
        if self.why:
            lines.append(f"  why:  {self.why}")
        if self.log:
            lines.append("  log:")
            lines.extend(f"    │ {line}" for line in self.log.splitlines())
        if self.remedy:
            lines.append(f"  do:   {self.remedy}")
        return "\n".join(lines)


def tail(text: str, lines: int = 15) -> str:
    """The last lines of a log that say something."""
    return "\n".join([line for line in text.splitlines() if line.strip()][-lines:])
