"""A program that takes llama-server's options and speaks its HTTP, for machines without the real one."""

from __future__ import annotations

import argparse
import os
import socket
import sys
import time
from pathlib import Path

import uvicorn
from fake_servers import FakeServer, llama_server
from starlette.responses import JSONResponse


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("--model", "--host", "--ctx-size", "--parallel", "--threads", "--n-gpu-layers"):
        parser.add_argument(name, required=True)
    parser.add_argument("--jinja", action="store_true")
    options = parser.parse_args()
    if not Path(options.model).read_bytes().startswith(b"GGUF") or "broken" in options.model:
        sys.exit("error: failed to load model")
    kind = llama_server()
    kind.models = [{"id": options.model}]
    kind.pages["/props"]["default_generation_settings"]["n_ctx"] = int(options.ctx_size) // int(options.parallel)
    fake = FakeServer(kind)
    fake.token_s = float(os.environ.get("FAKE_TOKEN_S", "0.01"))
    loaded_at = time.monotonic() + 0.3
    app = fake.app()

    async def health(_request):
        loading = time.monotonic() < loaded_at
        return JSONResponse({"status": "ok"} if not loading else {"error": {"code": 503}}, 503 if loading else 200)

    app.router.routes.insert(0, app.router.routes[0].__class__("/health", health))
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(options.host)
    listener.listen()
    print("llama-server (fake) listens", file=sys.stderr, flush=True)
    uvicorn.Server(uvicorn.Config(app, log_config=None)).run([listener])


if __name__ == "__main__":
    main()
