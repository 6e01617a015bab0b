#!/usr/bin/env python3
"""Checks the deployment without a container engine: it parses, and it fits the code.

Every file that compose or the Dockerfile names exists, every secret is made by prepare.sh and used, and every KITH_
variable that is set is one that its reader knows: Kith's from config/kith.example.toml, which is generated from the
code, Caddy's from the Caddyfile, the NATS server's from nats.conf.
"""

import re
import sys
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
EXAMPLE = ROOT / "config/kith.example.toml"


def known_settings() -> set[str]:
    """Every variable that Kith reads. In the example all keys stand as comments, and secrets name their file variable."""
    text = EXAMPLE.read_text()
    section, names = "", set(re.findall(r"or (KITH_[A-Z_]+_FILE)\.", text))
    for line in text.splitlines():
        if found := re.fullmatch(r"\[([a-z_]+)\]", line):
            section = found[1]
        elif found := re.match(r"#([a-z][a-z0-9_]*) = ", line):
            names.add(f"KITH_{section}_{found[1]}".upper())
    return names


def referenced(path: str, pattern: str) -> set[str]:
    text = "\n".join(line for line in (ROOT / path).read_text().splitlines() if not line.lstrip().startswith("#"))
    return set(re.findall(pattern, text))


def compose_problems() -> list[str]:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    services, secrets = compose["services"], compose["secrets"]
    settings, problems = known_settings(), []
    caddy = referenced("caddy/Caddyfile", r"\{\$(KITH_[A-Z_]+)")
    dockerfile_stages = stages()
    made = set(re.findall(r"^keep (\w+)", (DEPLOY / "prepare.sh").read_text(), re.MULTILINE))
    for name, service in services.items():
        environment = service.get("environment", {})
        readable = caddy if name == "caddy" else settings
        problems += [
            f"service {name} sets {variable}, which nothing reads"
            for variable in environment
            if variable.startswith("KITH_") and variable not in readable
        ]
        granted = set(service.get("secrets", []))
        used = set(re.findall(r"/run/secrets/(\w+)", str(environment) + str(service.get("command", ""))))
        for script in re.findall(r"\./([\w.-]+\.sh):", str(service.get("volumes", ""))):
            if (DEPLOY / script).exists():
                used |= set(re.findall(r"/run/secrets/(\w+)", (DEPLOY / script).read_text()))
        problems += [f"service {name} uses the secret {secret} without having it" for secret in used - granted]
        problems += [f"service {name} has the secret {secret} and never uses it" for secret in granted - used]
        problems += [f"service {name} has the secret {secret}, which is not declared" for secret in granted - set(secrets)]
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                if not (DEPLOY / source).exists():
                    problems.append(f"service {name} mounts {source}, which does not exist")
            elif source not in compose["volumes"]:
                problems.append(f"service {name} mounts the volume {source}, which is not declared")
        problems += [f"service {name} is in the network {n}, which is not declared" for n in service["networks"] if n not in compose["networks"]]
        problems += [f"service {name} waits for {n}, which does not exist" for n in service.get("depends_on", []) if n not in services]
        if build := service.get("build"):
            if not (DEPLOY / build["context"] / build["dockerfile"]).exists():
                problems.append(f"service {name} is built from {build['dockerfile']}, which does not exist")
            if build["target"] not in dockerfile_stages:
                problems.append(f"service {name} is built from the stage {build['target']}, which does not exist")
        problems += upstream_problems(name, environment, services)
    for secret, source in secrets.items():
        if Path(source["file"]).name not in made:
            problems.append(f"prepare.sh does not make the secret {secret}")
    problems += [f"prepare.sh makes {name}, which compose does not declare" for name in made - set(secrets)]
    needed = referenced("deploy/nats.conf", r"\$(KITH_[A-Z_]+)")
    given = set(re.findall(r"^(KITH_[A-Z_]+)=", (DEPLOY / "nats-start.sh").read_text(), re.MULTILINE))
    problems += [f"nats.conf reads {name}, which nats-start.sh does not set" for name in needed - given]
    problems += [f"nats-start.sh sets {name}, which nats.conf does not read" for name in given - needed]
    return problems


def upstream_problems(name: str, environment: dict, services: dict) -> list[str]:
    """Caddy's upstreams are services that listen at the port it expects."""
    problems = []
    upstreams = {"KITH_API_UPSTREAMS": "KITH_API_LISTEN", "KITH_GATEWAY_UPSTREAMS": "KITH_GATEWAY_LISTEN"}
    upstreams |= {"KITH_MEDIA_UPSTREAMS": "KITH_MEDIA_LISTEN", "KITH_FEDERATION_UPSTREAMS": "KITH_FEDERATION_LISTEN"}
    for variable, listen in upstreams.items():
        for upstream in environment.get(variable, "").split():
            host, port = upstream.split(":")
            target = services.get(host, {}).get("environment", {}).get(listen, "")
            if not target.endswith(f":{port}"):
                problems.append(f"service {name} expects {upstream}, but {host} listens at '{target}'")
    return problems


def stages() -> set[str]:
    return set(re.findall(r"^FROM .* AS (\w+)$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE))


def dockerfile_problems() -> list[str]:
    text = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
    problems = []
    for line in text.splitlines():
        if not line.startswith("COPY "):
            continue
        words = line.split()[1:]
        if words[0].startswith("--from="):
            if (stage := words[0].removeprefix("--from=")) not in stages():
                problems.append(f"the Dockerfile copies from the stage {stage}, which does not exist")
            continue
        problems += [f"the Dockerfile copies {source}, which does not exist" for source in words[:-1] if not (ROOT / source).exists()]
    copied = {word.rstrip("/") for line in text.splitlines() if line.startswith("COPY ") for word in line.split()[1:-1]}
    workspace = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["members"]
    for member in workspace:
        if member.split("/")[0] not in copied:
            problems.append(f"the Dockerfile does not copy the workspace member {member}")
    toolchain = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["rust-version"]
    if f"FROM rust:{toolchain}-" not in text:
        problems.append(f"the Dockerfile does not build with Rust {toolchain}, the workspace's version")
    return problems


def main() -> int:
    if not EXAMPLE.exists():
        print(f"✗ {EXAMPLE.relative_to(ROOT)} is missing: kith config example > {EXAMPLE.relative_to(ROOT)}")
        return 1
    problems = [*compose_problems(), *dockerfile_problems()]
    for problem in problems:
        print(f"✗ {problem}")
    print("OK: compose and Dockerfile fit the code" if not problems else f"FAILED: {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
