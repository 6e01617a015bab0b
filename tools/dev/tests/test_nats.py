"""The NATS server of an instance, with deploy/nats.conf. What each user may do is tested in shared/bus/tests/bus/rights.rs."""

import json
import socket

from dev.engines import Nats
from dev.tests.scratch import InstanceTest


class OlderNats(Nats):
    """As it was before the roles had accounts of their own."""

    def prepare(self) -> None:
        users = ", ".join(f'{{user: {user}, password: "{self.password(user)}"}}' for user in ("api", "search"))
        self.write("nats.conf", f"jetstream {{}}\nauthorization {{\n  users = [{users}]\n}}\n")

    def material(self) -> str:
        return "older"


class NatsTest(InstanceTest):
    def setUp(self) -> None:
        super().setUp()
        self.nats = Nats(self.instance)

    def login(self, user: str, password: str):
        connection = socket.create_connection(("127.0.0.1", self.nats.port), timeout=10)
        self.addCleanup(connection.close)
        stream = connection.makefile("rwb")
        self.addCleanup(stream.close)
        stream.readline()
        options = {"user": user, "pass": password, "verbose": False, "protocol": 1}
        stream.write(f"CONNECT {json.dumps(options)}\r\n".encode())
        return stream

    def ask(self, user: str, subject: str, question: dict) -> dict:
        """A request as `user`, through its own inbox."""
        stream = self.login(user, self.nats.password(user))
        inbox, body = f"_INBOX_{user}.1", json.dumps(question)
        stream.write(f"SUB {inbox} 1\r\nPUB {subject} {inbox} {len(body)}\r\n{body}\r\n".encode())
        stream.flush()
        for line in stream:
            if line.startswith(b"MSG"):
                return json.loads(stream.read(int(line.split()[-1])))
            self.assertFalse(line.startswith(b"-ERR"), line)
        self.fail("the connection was closed")

    def test_nobody_comes_in_without_a_password(self):
        self.nats.start()
        stream = self.login("api", "wrong")
        stream.write(b"PING\r\n")
        stream.flush()
        self.assertIn(b"Authorization Violation", stream.readline())

    def test_what_an_older_server_kept_is_there_with_everybodys_place_in_it(self):
        older = OlderNats(self.instance)
        older.start()
        stream = {"name": "KITH_EVENTS", "subjects": ["kith.evt.>"], "storage": "file", "retention": "limits"}
        self.assertNotIn("error", self.ask("api", "$JS.API.STREAM.CREATE.KITH_EVENTS", stream))
        consumer = {"stream_name": "KITH_EVENTS", "config": {"durable_name": "search", "ack_policy": "explicit"}}
        self.assertNotIn("error", self.ask("api", "$JS.API.CONSUMER.DURABLE.CREATE.KITH_EVENTS.search", consumer))
        for number in range(3):
            self.ask("api", "kith.evt.v1.guild.a.x", {"fact": number})
        first = self.ask("search", "$JS.API.CONSUMER.MSG.NEXT.KITH_EVENTS.search", {"batch": 1})
        self.assertEqual(first, {"fact": 0})

        self.nats.start()
        self.assertEqual(self.ask("api", "$JS.API.STREAM.INFO.KITH_EVENTS", {})["state"]["last_seq"], 3)
        place = self.ask("search", "$JS.API.CONSUMER.INFO.KITH_EVENTS.search", {})
        self.assertEqual(place["delivered"]["stream_seq"], 1)
