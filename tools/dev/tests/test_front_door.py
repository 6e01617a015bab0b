"""The real Caddy with the real Caddyfile, before small servers that say who they are."""

import base64
import hashlib
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest import mock

from dev import build, ports
from dev.engines import caddy
from dev.tests.scratch import InstanceTest

SCRIPT = "console.log('start')"
HOSTS = ("127.0.0.21", "127.0.0.22")


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = f"{self.server.server_address[0]} {self.path} {self.headers.get('X-Forwarded-For')}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_) -> None:
        """The test's output is for the test."""


class FrontDoorTest(InstanceTest):
    def setUp(self) -> None:
        super().setUp()
        site = self.instance.folder("site")
        (site / "_app/immutable").mkdir(parents=True)
        (site / "200.html").write_text(f"<html><script>{SCRIPT}</script></html>")
        (site / "_app/immutable/a.js").write_text("1")
        for target, value in {"dev.engines.caddy.BUILD": site, "dev.build.WEB_BUILD": site}.items():
            patch = mock.patch(target, value)
            patch.start()
            self.addCleanup(patch.stop)
        port = ports.claim(self.instance, "gateway", HOSTS)
        ops = ports.claim(self.instance, "gateway-ops", HOSTS)
        self.gateways = {host: self.serve(host, port) for host in HOSTS}
        api = ports.claim(self.instance, "api", HOSTS)
        self.apis = {host: self.serve(host, api) for host in HOSTS}
        self.ops = {host: self.serve(host, ops) for host in HOSTS}
        self.caddy = caddy.Caddy(
            self.instance,
            lambda: {
                "KITH_API_UPSTREAMS": " ".join(f"{host}:{api}" for host in HOSTS),
                "KITH_API_OPS_PORT": str(ops),
                "KITH_GATEWAY_UPSTREAMS": " ".join(f"{host}:{port}" for host in HOSTS),
                "KITH_GATEWAY_OPS_PORT": str(ops),
            },
        )
        self.caddy.set_script_hashes(build.script_hashes())
        self.caddy.start()

    def serve(self, host: str, port: int) -> ThreadingHTTPServer:
        server = ThreadingHTTPServer((host, port), Answer)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server

    def get(self, path: str, **headers: str):
        return urllib.request.urlopen(urllib.request.Request(self.caddy.url + path, headers=headers), timeout=20)

    def test_a_gateway_that_is_gone_is_skipped(self):
        gone, left = HOSTS
        self.gateways[gone].shutdown()
        self.gateways[gone].server_close()
        for _ in range(10):
            self.assertTrue(self.get("/gateway").read().decode().startswith(left))

    def test_an_api_that_stands_still_is_left_alone_before_a_client_gives_up(self):
        still, left = HOSTS
        # Connections are taken, as by a process that is frozen, and nobody answers.
        for server in (self.apis[still], self.ops[still]):
            server.shutdown()
        refused = 0
        for _ in range(20):
            try:
                self.assertTrue(self.get("/api/v1/x").read().decode().startswith(left))
            except urllib.error.HTTPError as error:
                self.assertEqual((error.code, error.headers["Retry-After"]), (503, "2"))
                error.close()
                refused += 1
        # While the first one waited it was noticed.
        self.assertLessEqual(refused, 1)

    def test_the_client_cannot_forge_its_address(self):
        answer = self.get("/api/v1/x", **{"X-Forwarded-For": "203.0.113.9"}).read().decode()
        self.assertTrue(answer.endswith("/api/v1/x 127.0.0.1"), answer)

    def test_every_path_of_the_client_is_its_start_page_with_a_policy_that_runs_it(self):
        answer = self.get("/s/guild/channel")
        digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
        self.assertIn(f"script-src 'self' 'sha256-{digest}'", answer.headers["Content-Security-Policy"])
        self.assertEqual(answer.headers["Cache-Control"], "no-cache")
        self.assertIn(SCRIPT, answer.read().decode())

    def test_built_files_are_kept_for_ever_and_a_missing_one_is_missing(self):
        self.assertIn("immutable", self.get("/_app/immutable/a.js").headers["Cache-Control"])
        with self.assertRaises(urllib.error.HTTPError) as caught:
            self.get("/_app/immutable/b.js")
        self.assertEqual((caught.exception.code, caught.exception.headers["Cache-Control"]), (404, "no-store"))
        caught.exception.close()

    def test_what_operators_see_is_not_served(self):
        for path in ("/metrics", "/health/ready"):
            self.assertIn(SCRIPT, self.get(path).read().decode(), "it is a path of the client like any other")
