"""The command line of `./dev`."""

import argparse
import signal
import sys

from . import checks, commands, runner, seed
from .failure import Failure
from .instance import open_instance
from .progress import say


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="./dev", description="Everything for working on Kith. Nothing outside .kith/ and the tool cache is touched.")
    instance = argparse.ArgumentParser(add_help=False)
    instance.add_argument("--instance", metavar="NAME", help="another instance beside the checkout's own, with its own data and ports")
    instance.add_argument("--data", metavar="DIR", help="where that instance keeps its data (remembered)")
    add = root.add_subparsers(dest="command", required=True, metavar="COMMAND").add_parser

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return add(name, help=text, description=text, parents=[instance])

    up = command("up", "start everything and print the address to open")
    up.add_argument("--release", action="store_true", help="build with optimisation")
    up.add_argument("--binary", metavar="PATH", help="start this kith instead of building one")
    up.add_argument("--full", action="store_true", help="wait until every engine is built, and use them all")
    up.add_argument("--no-web", action="store_true", help="leave the web client as it is")
    command("down", "stop everything; the data stays")
    command("reset", "stop everything and forget the data").add_argument("--yes", action="store_true", help="do not ask")
    command("status", "each service and engine with its state")
    logs = command("logs", "show a service's log")
    logs.add_argument("service")
    logs.add_argument("-f", "--follow", action="store_true")
    logs.add_argument("-n", "--lines", type=int, default=100)
    for name, text in {
        "restart": "stop and start a service or engine",
        "start": "start a service or engine",
        "stop": "stop a service or engine",
        "kill": "end a service or engine at once, as a crash would (kill -9)",
    }.items():
        command(name, text).add_argument("service")
    run = command("kith", "run the kith binary with this instance's settings, for example: ./dev kith doctor")
    run.add_argument("arguments", nargs=argparse.REMAINDER)
    talk = command("seed", "let many people talk in many languages, to have something to look at")
    talk.add_argument("--messages", type=int, default=500)
    command("engines", "start only the engines and print their addresses as JSON")
    command("env", "print everything about the instance as JSON")
    add("check", help="the quick inner loop: format, lints, architecture, unit tests")
    test = add("test", help="everything that shows that Kith works; with names, only those steps")
    test.add_argument("steps", nargs="*", metavar="STEP")
    add("corpus", help="obtain sayings in many languages and print the folder that they are in")
    add("tools", help="obtain the engines' binaries and print where they are as JSON")
    return root


def run(arguments: argparse.Namespace) -> int:
    match arguments.command:
        case "tools":
            commands.print_tools()
            return 0
        case "corpus":
            print(seed.corpus())
            return 0
        case "check":
            return runner.run_all(checks.QUICK)
        case "test":
            return runner.run_all(checks.choose(arguments.steps))
    instance = open_instance(arguments.instance, arguments.data)
    match arguments.command:
        case "status":
            commands.print_table(instance)
        case "env":
            commands.print_environment(instance)
        case "logs":
            commands.logs(instance, arguments.service, arguments.follow, arguments.lines)
        case "seed":
            return seed.seed(instance, arguments.messages)
        case "kith":
            return commands.kith(instance, arguments.arguments)
        case _:
            with instance.locked():
                change(instance, arguments)
    return 0


def change(instance, arguments: argparse.Namespace) -> None:
    """Commands that start or stop something, one at a time per instance."""
    match arguments.command:
        case "up":
            commands.up(instance, arguments.release, arguments.binary, not arguments.no_web, arguments.full)
        case "down":
            commands.down(instance)
        case "reset":
            commands.reset(instance, arguments.yes)
        case "engines":
            commands.print_engines(instance)
        case name:
            {"restart": commands.restart, "start": commands.start, "stop": commands.stop, "kill": commands.kill}[name](
                instance, arguments.service
            )


def main() -> int:
    # A plain `kill` of the launcher ends like Ctrl-C: steps are reported, locks released.
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    try:
        return run(parser().parse_args())
    except Failure as failure:
        say(failure.render())
        return 1
    except KeyboardInterrupt:
        say("interrupted; what was started goes on running: ./dev down stops it")
        return 130
    except BrokenPipeError:
        # `./dev logs … | head`
        return 0
