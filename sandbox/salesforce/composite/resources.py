"""Which resources does the composite family have, and what do they take (salesforce.md 1.6)?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.salesforce.calls import Routes, body_of, version_of
from sandbox.salesforce.composite.chain import Chain, Link, as_result, in_order, read_links
from sandbox.salesforce.composite.inner import Answered, Inner, Sub, refused_as
from sandbox.salesforce.composite.tree import Tree
from sandbox.salesforce.refusals import Refused
from sandbox.salesforce.store import Store

MOST, MOST_HEAVY, MOST_NODES, MOST_GRAPHS = 25, 5, 500, 75
HEAVY = re.compile(r"/services/data/v[\d.]+/(query|queryAll|composite/sobjects)([/?]|$)", re.IGNORECASE)
NODE = re.compile(r"/services/data/v[\d.]+/sobjects/[^/?]+(/[^/?]+){0,2}(\?.*)?", re.IGNORECASE)
HALTED = Refused("BATCH_PROCESSING_HALTED", "Batch processing halted per request", 412)


@dataclass
class Composite:
    """The composite resources of one org."""

    inner: Inner
    store: Store

    def routes(self) -> Routes:
        """Return the resources below a version."""
        return [
            ("/composite", ["GET"], self.names),
            ("/composite", ["POST"], self.composite),
            ("/composite/batch", ["POST"], self.batch),
            ("/composite/graph", ["POST"], self.graphs),
            ("/composite/tree/{name}", ["POST"], self.tree),
        ]

    async def names(self, request: Request) -> Response:
        """Answer `GET composite`."""
        base = f"/services/data/v{version_of(request)}/composite"
        return JSONResponse({name: f"{base}/{name}" for name in ("tree", "batch", "sobjects", "graph")})

    async def composite(self, request: Request) -> Response:
        """Answer `POST composite`: always 200 where the request as such makes sense."""
        wish = await body_of(request)
        links = read_links(wish.get("compositeRequest"), float(version_of(request)), MOST)
        heavy = sum(bool(HEAVY.match(link.url)) for link in links)
        if heavy > MOST_HEAVY:
            raise Refused(
                "LIMIT_EXCEEDED", f"{heavy} sObject Collections and query operations. At most {MOST_HEAVY} are allowed."
            )
        answers = self._chain(request).run(links, strict=wish.get("allOrNone") is True)
        return JSONResponse({"compositeResponse": _results(links, answers)})

    async def graphs(self, request: Request) -> Response:
        """Answer `POST composite/graph`: each graph is a transaction of its own."""
        graphs = (await body_of(request)).get("graphs")
        if not isinstance(graphs, list) or not graphs or len(graphs) > MOST_GRAPHS:
            raise Refused("INVALID_INPUT", f"graphs must be a list of 1 to {MOST_GRAPHS} graphs")
        version = float(version_of(request))
        read = [(_name_of(graph), read_links(graph.get("compositeRequest"), version, MOST_NODES)) for graph in graphs]
        if sum(len(links) for _, links in read) > MOST_NODES:
            raise Refused("LIMIT_EXCEEDED", f"At most {MOST_NODES} nodes are allowed in a request.")
        return JSONResponse({"graphs": [self._graph(request, name, links) for name, links in read]})

    async def batch(self, request: Request) -> Response:
        """Answer `POST composite/batch`: independent requests, each a transaction of its own."""
        wish = await body_of(request)
        wishes = wish.get("batchRequests")
        if not isinstance(wishes, list) or not wishes:
            raise Refused("JSON_PARSER_ERROR", "batchRequests must be a list of at least one subrequest")
        if len(wishes) > MOST:
            raise Refused("LIMIT_EXCEEDED", f"The request has {len(wishes)} subrequests. At most {MOST} are allowed.")
        subs = [_sub(one) for one in wishes]
        answers = self._batch(subs, request, halts=wish.get("haltOnError") is True)
        results = [{"statusCode": answer.status, "result": answer.body} for answer in answers]
        return JSONResponse({"hasErrors": any(answer.failed for answer in answers), "results": results})

    async def tree(self, request: Request) -> Response:
        """Answer `POST composite/tree/X`: records with their children, all of them or none."""
        wish = await body_of(request)
        tree = Tree(self.inner, self.store, request)
        results, failed = tree.create(request.path_params["name"], wish.get("records"))
        return JSONResponse({"hasErrors": failed, "results": results}, 400 if failed else 201)

    def _graph(self, request: Request, name: str, links: list[Link]) -> dict[str, Any]:
        odd = next((link for link in links if not NODE.fullmatch(link.url)), None)
        if odd:
            raise Refused("INVALID_INPUT", f"The URL {odd.url} is not supported in a graph")
        ordered = in_order(links)
        answers = self._chain(request).run(ordered, strict=True)
        by_name = {link.name: answer for link, answer in zip(ordered, answers, strict=True)}
        found = [by_name[link.name] for link in links]
        return {
            "graphId": name,
            "graphResponse": {"compositeResponse": _results(links, found)},
            "isSuccessful": not any(answer.failed for answer in found),
        }

    def _batch(self, subs: list[Sub], request: Request, *, halts: bool) -> list[Answered]:
        answers: list[Answered] = []
        for sub in subs:
            halted = halts and any(answer.failed for answer in answers)
            answers.append(refused_as(HALTED) if halted else self.inner.answer(sub, request))
        return answers

    def _chain(self, request: Request) -> Chain:
        return Chain(self.inner, self.store, request)


def _results(links: list[Link], answers: list[Answered]) -> list[dict[str, Any]]:
    return [as_result(link, answer) for link, answer in zip(links, answers, strict=True)]


def _name_of(graph: Any) -> str:
    if not isinstance(graph, dict) or not isinstance(graph.get("graphId"), str):
        raise Refused("JSON_PARSER_ERROR", "Missing required field 'graphId' of a graph")
    return str(graph["graphId"])


def _sub(wish: Any) -> Sub:
    if not isinstance(wish, dict) or not isinstance(wish.get("method"), str) or not isinstance(wish.get("url"), str):
        raise Refused("JSON_PARSER_ERROR", "a subrequest must have a method and a url")
    return Sub(wish["method"].upper(), wish["url"], wish.get("richInput"))
