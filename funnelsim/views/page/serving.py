"""The server of the page: Panel, on this machine only unless told otherwise, with nothing from outside.

Panel carries messages between the desk and the page's own code (`page.js`), which draws.
"""

from __future__ import annotations

import gc
import html
import importlib.util
import ipaddress
import socket
import webbrowser
from collections.abc import Callable
from importlib import resources
from typing import Any, Final

from funnelsim.errors import InputError, MissingExtraError
from funnelsim.live import Bench
from funnelsim.model import Study, title_of
from funnelsim.views.naming import clean
from funnelsim.views.page.desk import Desk
from funnelsim.views.page.talking import Talk

LOCAL: Final = "127.0.0.1"


def require_panel() -> None:
    """Raise MissingExtraError without Panel."""
    if importlib.util.find_spec("panel") is None:
        raise MissingExtraError("Panel", "web")


def check_address(address: str, port: int, *, public: bool) -> int:
    """Return the port to listen at, a free one for 0.

    Raises InputError for an address that others reach, unless `public`, and for a port that is taken.
    """
    try:
        local = address == "localhost" or ipaddress.ip_address(address).is_loopback
    except ValueError:
        local = False
    if not local and not public:
        raise InputError(
            f"--address {address}: others could reach the page there, read the file and save files beside it; "
            "if you mean that, add --public"
        )
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((address, port))
        except OSError as error:
            raise InputError(
                f"--port {port}: cannot listen at {address}:{port} ({error.strerror}); --port 0 takes a free one"
            ) from None
        return int(trial.getsockname()[1])


def serve_page(
    study: Study,
    language: str,
    *,
    address: str = LOCAL,
    port: int = 0,
    show: bool = False,
    ready: Callable[[str], None] = lambda _: None,
    say: Callable[[str], str] = str,
) -> None:
    """Serve the page of a study until interrupted (KeyboardInterrupt); ready is called with its address.

    say: puts what is wrong into the words of the language.

    Raises MissingExtraError without Panel.
    """
    require_panel()
    bench = Bench(study)
    list(Desk(bench, language).answer({"do": "look"}))  # compiles, and makes ready, before anybody waits for it
    server = _make_server(lambda: Desk(bench, language, say), study, address, port)
    gc.collect()
    gc.freeze()  # what is there now stays: to look through it again and again would take as long as an answer
    host = f"[{address}]" if ":" in address else address
    place = f"http://{host}:{port}/"
    server.start()
    ready(place)
    if show:
        webbrowser.open(place)
    try:
        server.io_loop.start()
        raise KeyboardInterrupt  # Panel hears of it, and ends the loop
    finally:
        server.stop(wait=False)


def _make_server(lay_out: Callable[[], Desk], study: Study, address: str, port: int) -> Any:  # noqa: ANN401 (it is an extra)
    import panel as pn
    from panel.io.server import get_server

    pn.extension()
    pn.config.browser_info = False
    pn.config.notifications = False
    title = html.escape(clean(title_of(study).text(lay_out().language)) or "funnelsim")
    make = _component()
    public = [] if address not in ("0.0.0.0", "::") else ["*"]  # noqa: S104 (only if told so)
    return get_server(
        {"/": lambda: make(lay_out())},
        port=port,
        address=address,
        websocket_origin=public or [f"{address}:{port}", f"localhost:{port}"],
        title={"/": title},
        show=False,
        start=False,
        location=False,
    )


def _component() -> Callable[[Desk], Any]:
    """Return what makes a page of a desk, as a component of Panel: it carries messages, and the page's own code."""
    import param
    from panel.custom import JSComponent

    class Page(JSComponent):
        """The page in one browser window."""

        hello = param.Dict(default={})
        _esm = "\n".join(_read(name) for name in ("film.js", "page.js"))
        _stylesheets = [_read("page.css")]  # noqa: RUF012 (Panel's own way)

        def __init__(self, desk: Desk) -> None:
            super().__init__(hello=desk.greet(), sizing_mode="stretch_width")  # type: ignore[no-untyped-call]
            self._talk = Talk(desk, self._send_msg)

        def _handle_msg(self, data: Any) -> None:  # noqa: ANN401 (what a browser sends)
            if isinstance(data, dict):
                self._talk.hear(data)

    return Page


def _read(name: str) -> str:
    return (resources.files("funnelsim.views.page") / name).read_text(encoding="utf-8")
