"""What each NATS user may do, asked of a real server with deploy/nats.conf."""

import json
import socket

from dev.engines import Nats
from dev.tests.scratch import InstanceTest


class NatsPermissionsTest(InstanceTest):
    def setUp(self) -> None:
        super().setUp()
        self.nats = Nats(self.instance)
        self.nats.start()

    def refused(self, user: str, *operations: str) -> list[str]:
        """Sends the operations as `user`; returns the server's objections."""
        with socket.create_connection(("127.0.0.1", self.nats.port), timeout=10) as connection:
            stream = connection.makefile("rwb")
            stream.readline()
            login = {"user": user, "pass": self.nats.password(user), "verbose": False, "protocol": 1}
            lines = [f"CONNECT {json.dumps(login)}", *operations, "PING"]
            stream.write("".join(f"{line}\r\n" for line in lines).encode())
            stream.flush()
            objections = []
            for line in stream:
                if line.startswith(b"-ERR"):
                    objections.append(line.decode().strip())
                if line.startswith(b"PONG"):
                    return objections
        return [*objections, "the connection was closed"]

    def test_the_api_publishes_facts_and_answers_questions(self):
        allowed = ["PUB kith.evt.v1.guild.a.x 0\r\n", "PUB kith.eph.v1.x 0\r\n", "SUB kith.rpc.v1.> q 1", "SUB _INBOX_api.> 2"]
        self.assertEqual(self.refused("api", *allowed), [])

    def test_the_gateway_asks_and_listens(self):
        allowed = ["PUB kith.rpc.v1.x 0\r\n", "SUB kith.evt.v1.> 1", "SUB kith.eph.v1.> 2", "SUB _INBOX_gateway.> 3"]
        self.assertEqual(self.refused("gateway", *allowed), [])

    def test_the_gateway_cannot_invent_a_fact(self):
        for subject in ("kith.evt.v1.guild.a.x", "kith.eph.v1.x", "kith.ctl.v1.x", "$JS.API.STREAM.DELETE.KITH_EVENTS"):
            self.assertRegex(str(self.refused("gateway", f"PUB {subject} 0\r\n")), "Permissions Violation for Publish")

    def test_search_keeps_its_own_place_in_the_stream_and_answers_the_api(self):
        own = ["INFO.KITH_EVENTS.search", "CREATE.KITH_EVENTS.search", "MSG.NEXT.KITH_EVENTS.search"]
        allowed = ["SUB kith.rpc.v1.find_messages q 1", "SUB _INBOX_search.> 2", "PUB $JS.ACK.KITH_EVENTS.search.1.1.1.1.0 0\r\n"]
        self.assertEqual(self.refused("search", *allowed, *(f"PUB $JS.API.CONSUMER.{name} 0\r\n" for name in own)), [])
        self.assertEqual(self.refused("api", "PUB kith.rpc.v1.find_messages 0\r\n"), [])

    def test_search_can_neither_invent_nor_overhear_anything_and_only_the_api_asks_it(self):
        for subject in ("kith.evt.v1.guild.a.x", "kith.eph.v1.x", "$JS.API.CONSUMER.DELETE.KITH_EVENTS.other", "kith.rpc.v1.identify"):
            self.assertRegex(str(self.refused("search", f"PUB {subject} 0\r\n")), "Permissions Violation for Publish")
        for subject in ("kith.evt.v1.>", "kith.rpc.v1.identify", "_INBOX_api.>"):
            self.assertRegex(str(self.refused("search", f"SUB {subject} 1")), "Permissions Violation for Subscription")
        self.assertRegex(str(self.refused("gateway", "PUB kith.rpc.v1.find_messages 0\r\n")), "Permissions Violation for Publish")

    def test_nobody_reads_the_others_answers(self):
        self.assertRegex(str(self.refused("gateway", "SUB _INBOX_api.> 1")), "Permissions Violation for Subscription")
        self.assertRegex(str(self.refused("api", "SUB _INBOX_gateway.> 1")), "Permissions Violation for Subscription")

    def ask(self, user: str, subject: str, question: dict) -> dict:
        """A request to JetStream as `user`, through its own inbox."""
        with socket.create_connection(("127.0.0.1", self.nats.port), timeout=10) as connection:
            stream = connection.makefile("rwb")
            stream.readline()
            login = {"user": user, "pass": self.nats.password(user), "verbose": False, "protocol": 1}
            inbox, body = f"_INBOX_{user}.1", json.dumps(question)
            lines = [f"CONNECT {json.dumps(login)}", f"SUB {inbox} 1", f"PUB {subject} {inbox} {len(body)}", body]
            stream.write("".join(f"{line}\r\n" for line in lines).encode())
            stream.flush()
            for line in stream:
                if line.startswith(b"MSG"):
                    return json.loads(stream.read(int(line.split()[-1])))
                self.assertFalse(line.startswith(b"-ERR"), line)
        self.fail("the connection was closed")

    def test_the_api_makes_the_stream_and_the_gateway_reads_it(self):
        stream = {"name": "KITH_EVENTS", "subjects": ["kith.evt.v1.>"], "storage": "file", "retention": "limits"}
        self.assertNotIn("error", self.ask("api", "$JS.API.STREAM.CREATE.KITH_EVENTS", stream))
        stored = self.ask("api", "kith.evt.v1.guild.a.x", {"fact": 1})
        self.assertEqual((stored["stream"], stored["seq"]), ("KITH_EVENTS", 1))
        self.assertEqual(self.ask("gateway", "$JS.API.STREAM.INFO.KITH_EVENTS", {})["state"]["last_seq"], 1)
        consumer = {"stream_name": "KITH_EVENTS", "config": {"name": "c", "ack_policy": "none", "mem_storage": True}}
        self.assertNotIn("error", self.ask("gateway", "$JS.API.CONSUMER.CREATE.KITH_EVENTS.c", consumer))
        self.assertEqual(self.ask("gateway", "$JS.API.CONSUMER.MSG.NEXT.KITH_EVENTS.c", {"batch": 1}), {"fact": 1})

    def test_nobody_comes_in_without_a_password(self):
        self.nats.password = lambda user: "wrong"
        self.assertRegex(str(self.refused("api")), "Authorization Violation")
