#!/usr/bin/env python3
"""Measures the search on many real messages and prints one JSON object.

    bench/search.py [--messages 1000000] [--queries 100] [--built DIR]

Starts an instance of its own by `./dev up`, writes messages in many languages straight into its database (spread over a year,
a channel for each language), lets `kith admin reindex` index them, and then asks the public API for a fixed mix: rare and
common words, parts of words, phrases, exclusions, and each filter together with a common word. All of it is the same for the same seed.
"""

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
import uuid
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from dev import seed as sayings  # noqa: E402  (the import path is set above)

INSTANCE = ["--instance", "measure-search"]
YEAR_MILLIS = 365 * 24 * 3600 * 1000
WORD = re.compile(r"[^\W\d_]{3,20}")
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def dev(*words: str) -> str:
    return subprocess.run(["./dev", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout


def from_ulid(text: str) -> uuid.UUID:
    number = 0
    for letter in text:
        number = number * 32 + ALPHABET.index(letter)
    return uuid.UUID(int=number)


def read_corpus() -> dict[str, list[str]]:
    """Texts by language; what is no UTF-8 or too long for a message is left out."""
    corpus: dict[str, list[str]] = {}
    folder = Path(sayings.corpus())
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.suffix):
        first = path.relative_to(folder).parts[0]
        language = first if len(first) == 2 else "en"
        try:
            texts = path.read_text(encoding="utf-8").split("\n%\n")
        except UnicodeDecodeError:
            continue
        kept = [text.strip() for text in texts if 0 < len(text.strip()) <= 4000 and "\0" not in text]
        corpus.setdefault(language, []).extend(kept)
    return {language: texts for language, texts in corpus.items() if texts}


class Target:
    """A running instance with its engines."""

    def __init__(self, binary: Path, folder: Path) -> None:
        dev("up", *INSTANCE, "--data", str(folder / "data"), "--no-web", "--binary", str(binary))
        self.env = json.loads(dev("env", *INSTANCE))
        self.api = f"http://{self.env['services']['api']['address']}/api/v1"
        self.people: list[dict] = []

    def sign_in(self) -> None:
        # An access token lasts a quarter of an hour.
        names = [f"writer{index}" for index in range(12)]
        lines = dev("kith", *INSTANCE, "admin", "load-users", *names).splitlines()
        self.people = [json.loads(line) for line in lines]

    def call(self, method: str, path: str, body: dict | None = None) -> dict:
        headers = {"Authorization": f"Bearer {self.people[0]['token']}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.api + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["data"]

    def psql(self, *arguments: str) -> None:
        program = Path(json.loads(dev("tools"))["postgres_bin_dir"]) / "psql"
        url = self.env["engines"]["postgres"]["url"]
        subprocess.run([str(program), url, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", *arguments], check=True)


def fill(target: Target, corpus: dict[str, list[str]], messages: int, chance: random.Random, folder: Path) -> tuple[str, dict]:
    """Writes the messages; the guild's id and its channels by language."""
    guild = target.call("POST", "/guilds", {"name": "Polyglot"})["id"]
    channels = {language: target.call("POST", f"/guilds/{guild}/channels", {"name": language})["id"] for language in corpus}
    languages, seqs = sorted(corpus), Counter()
    end = int(time.time() * 1000) - 60_000
    authors = [from_ulid(person["id"]) for person in target.people]
    rows = folder / "messages.tsv"
    with rows.open("w") as out:
        for index in range(messages):
            language = chance.choice(languages)
            seqs[language] += 1
            millis = end - YEAR_MILLIS + index * YEAR_MILLIS // messages
            identity = uuid.UUID(int=millis << 80 | chance.getrandbits(80))
            body = chance.choice(corpus[language]).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
            at = datetime.fromtimestamp(millis / 1000, timezone.utc).isoformat()
            out.write(f"{identity}\t{from_ulid(channels[language])}\t{seqs[language]}\t{chance.choice(authors)}\t{body}\t{at}\n")
    target.psql("-c", f"\\copy messages (id, channel_id, seq, author_id, body, created_at) from '{rows}'")
    rows.unlink()
    target.psql("-c", "UPDATE channels SET last_seq = (SELECT coalesce(max(seq), 0) FROM messages WHERE channel_id = channels.id)")
    return guild, channels


def questions(corpus: dict[str, list[str]], channels: dict, people: list[dict], count: int, chance: random.Random) -> list[tuple]:
    """`count` of each kind: its name, the channel to ask in if not in the whole guild, and the query."""
    texts = [(language, text) for language, texts in sorted(corpus.items()) for text in texts]
    counted = Counter(word.lower() for _, text in texts for word in set(WORD.findall(text)))
    ordered = [word for word, _ in counted.most_common()]
    common, rare = ordered[:60], [word for word in ordered if counted[word] == 1]
    now = datetime.now(timezone.utc)
    asked = []
    for _ in range(count):
        language, text = chance.choice([pair for pair in chance.choices(texts, k=20) if len(WORD.findall(pair[1])) > 4] or texts)
        words = text.split()
        start = chance.randrange(max(1, len(words) - 3))
        word, month = chance.choice(common), chance.randrange(1, 12)
        day = datetime.fromtimestamp(now.timestamp() - month * 30 * 86400, timezone.utc).strftime("%Y-%m-%dT00:00:00Z")
        part = chance.choice(rare)[1:6]
        asked += [
            ("rare word", None, {"content": chance.choice(rare)}),
            ("common word", None, {"content": word}),
            ("two words", None, {"content": f"{word} {chance.choice(ordered[:2000])}"}),
            ("part of a word", None, {"content": part}),
            ("phrase", None, {"content": '"' + " ".join(words[start : start + 3]).replace('"', "")[:200] + '"'}),
            ("exclusion", None, {"content": f"{word} -{chance.choice(common)}"}),
            ("from:", None, {"content": word, "author_id": chance.choice(people)["id"]}),
            ("in:", channels[language], {"content": chance.choice(ordered[:2000])}),
            ("has:link", None, {"has": "link"}),
            ("before:", None, {"content": word, "before": day}),
            ("after:", None, {"content": chance.choice(ordered[:5000]), "after": day}),
        ]
    return asked


def percentile(values: list[float], share: float) -> float:
    return round(sorted(values)[min(len(values) - 1, int(len(values) * share))], 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=100, help="of each kind")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--built", type=Path, metavar="DIR", help="take kith from here instead of building it")
    arguments = parser.parse_args()
    if not arguments.built:
        subprocess.run(["cargo", "build", "--release", "-p", "kith"], cwd=ROOT, check=True)
    binary = (arguments.built or ROOT / "target/release") / "kith"
    chance, corpus = random.Random(arguments.seed), read_corpus()
    with tempfile.TemporaryDirectory(prefix="kith-measure-") as name:
        try:
            target = Target(binary, Path(name))
            target.sign_in()
            # Only the command indexes.
            dev("stop", "search", *INSTANCE)
            guild, channels = fill(target, corpus, arguments.messages, chance, Path(name))
            began = time.monotonic()
            dev("kith", *INSTANCE, "admin", "reindex", "--again")
            indexing = time.monotonic() - began
            target.psql("-c", "ANALYZE messages, search_documents")
            dev("start", "search", *INSTANCE)
            target.sign_in()
            times: dict[str, list[float]] = {}
            for kind, channel, query in questions(corpus, channels, target.people, arguments.queries, chance):
                place = f"/channels/{channel}" if channel else f"/guilds/{guild}"
                began = time.monotonic()
                target.call("GET", f"{place}/messages/search?{urllib.parse.urlencode(query)}")
                times.setdefault(kind, []).append((time.monotonic() - began) * 1000)
            everything = [value for values in times.values() for value in values]
            report = {
                "messages": arguments.messages,
                "indexed_per_second": round(arguments.messages / indexing),
                "p50_ms": percentile(everything, 0.5),
                "p99_ms": percentile(everything, 0.99),
                "kinds": {kind: {"p50_ms": percentile(values, 0.5), "p99_ms": percentile(values, 0.99)} for kind, values in times.items()},
            }
            print(json.dumps(report, indent=2))
        finally:
            dev("reset", "--yes", *INSTANCE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
