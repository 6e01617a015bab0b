"""The command line of `./dev`."""

import argparse
import json
import sys

from . import commands, engines, tools
from .instance import open_instance
from .failure import Failure


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev")
    parser.add_argument("--instance"); parser.add_argument("--data")
    commands_ = parser.add_subparsers(dest="command", required=True)
    for c in ("tools","engines","down"): commands_.add_parser(c)
    arguments = parser.parse_args()
    try:
        if arguments.command == "tools":
            commands.print_tools(); return 0
        i = open_instance(arguments.instance, arguments.data)
        with i.locked():
            if arguments.command=="engines":
                commands.start_engines(i); print(json.dumps(engines.describe(i), indent=2))
            else: commands.stop_everything(i)
    except Failure as failure:
        print(failure.render(), file=sys.stderr)
        return 1
    return 0
