import socket

from dev import ports
from dev.tests.scratch import InstanceTest


class PortsTest(InstanceTest):
    def test_a_port_is_kept(self):
        self.assertEqual(ports.claim(self.instance, "api"), ports.claim(self.instance, "api"))

    def test_two_names_never_share_a_port(self):
        claimed = [ports.claim(self.instance, f"service-{number}") for number in range(50)]
        self.assertEqual(len(set(claimed)), 50)

    def test_a_port_that_a_stranger_took_is_replaced(self):
        port = ports.claim(self.instance, "api")
        with socket.socket() as stranger:
            stranger.bind(("127.0.0.1", port))
            stranger.listen()
            self.assertNotEqual(ports.claim(self.instance, "api"), port)
