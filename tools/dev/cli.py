"""The command line of `./dev`."""

import argparse
import json
import sys

from . import tools
from .failure import Failure


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("tools")
    arguments = parser.parse_args()
    try:
        print(json.dumps(tools.describe(), indent=2))
    except Failure as failure:
        print(failure.render(), file=sys.stderr)
        return 1
    return 0
