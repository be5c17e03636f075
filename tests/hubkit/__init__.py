"""A GitHub of our own for tests: stateful, on real bare repositories, held against GitHub's OpenAPI description.

    with serve(tmp_path) as hub:
        zh = hub.repository("books/zh", path_of_a_git_repository)
        token = hub.token(repositories=["books/zh"])
        ...                        # talk to hub.api_url, clone f"{hub.url}/books/zh"
        assert [pull.title for pull in zh.open_pulls] == ["Update"]

`hub.fault(3, "cut", when="after")` breaks the third request from now; `hub.fault(3, function)` lets something happen
meanwhile. At its end the block fails when a request or an answer was not what GitHub describes.
"""

from hubkit.faults import KINDS, Fault, Request
from hubkit.hub import Hub
from hubkit.repository import Repository
from hubkit.server import Server, serve
from hubkit.state import Pull

__all__ = ["KINDS", "Fault", "Hub", "Pull", "Repository", "Request", "Server", "serve"]
