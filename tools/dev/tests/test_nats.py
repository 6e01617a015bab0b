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

    def test_nobody_reads_the_others_answers(self):
        self.assertRegex(str(self.refused("gateway", "SUB _INBOX_api.> 1")), "Permissions Violation for Subscription")
        self.assertRegex(str(self.refused("api", "SUB _INBOX_gateway.> 1")), "Permissions Violation for Subscription")

    def test_nobody_comes_in_without_a_password(self):
        self.nats.password = lambda user: "wrong"
        self.assertRegex(str(self.refused("api")), "Authorization Violation")
