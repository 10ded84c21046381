"""A small web site on this machine, which can misbehave in all the usual ways."""

import contextlib
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Page:
    """What is at an address, and how it is given."""

    data: bytes = b""
    status: int = 200
    ranges: bool = True  # can it give the rest of the file?
    sized: bool = True  # does it say how long it is?
    tag: str | None = None
    cuts: list = field(default_factory=list)  # bytes after which the next answers end
    hang: bool = False  # fall silent before the end of a cut answer, in place of ending
    drip: float | None = None  # seconds between bytes
    location: str | None = None
    wrong_range: bool = False


class Site:
    """Pages by path; `asked` holds the path and the Range header of each request."""

    def __init__(self, port):
        self.root = f"http://127.0.0.1:{port}/"
        self.pages, self.asked = {}, []
        self.closing = threading.Event()

    def put(self, path, data=b"", **how):
        self.pages["/" + path] = Page(data, **how)
        return self.root + path

    def ranges(self):
        return [asked for _, asked in self.asked]


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        site = self.server.site
        site.asked.append((self.path, self.headers["Range"]))
        page = site.pages.get(self.path, Page(status=404))
        with contextlib.suppress(ConnectionError):
            self.answer(page, site)
        self.close_connection = True

    def answer(self, page, site):
        start, status = self.start(page)
        body = page.data[start:] if status in (200, 206) else b"no"
        self.send_response(status)
        if page.sized:
            self.send_header("Content-Length", str(len(body)))
        if page.ranges:
            self.send_header("Accept-Ranges", "bytes")
        if page.tag:
            self.send_header("ETag", page.tag)
        if page.location:
            self.send_header("Location", page.location)
        if status == 206:
            first = start + page.wrong_range
            last = len(page.data) - 1
            self.send_header("Content-Range", f"bytes {first}-{last}/{last + 1}")
        self.end_headers()
        self.send(body, page, site)

    def start(self, page):
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers["Range"] or "")
        same = self.headers["If-Range"] in (None, page.tag)
        if page.status != 200 or not page.ranges or not asked or not same:
            return 0, page.status
        start = int(asked[1])
        return (start, 206) if start < len(page.data) else (0, 416)

    def send(self, body, page, site):
        if page.drip is not None:
            for i in range(len(body)):
                self.wfile.write(body[i : i + 1])
                if site.closing.wait(page.drip):
                    return
        cut = page.cuts.pop(0) if page.cuts else None
        self.wfile.write(body[:cut])
        self.wfile.flush()
        if cut is not None and page.hang:
            site.closing.wait(10)


@contextlib.contextmanager
def site():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.site = Site(server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.site
    finally:
        server.site.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
