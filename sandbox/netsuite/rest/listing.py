"""How are the records of a type listed? Ids and links alone, by page, filtered by `q` (netsuite.md 3.1)."""

from urllib.parse import quote

from starlette.responses import Response

from sandbox.netsuite.criteria import Condition, Every, Found, Unsearchable, find
from sandbox.netsuite.fields import RecordType, record_type
from sandbox.netsuite.rest import batch, records
from sandbox.netsuite.rest.ask import COLLECTION, Ask, as_json
from sandbox.netsuite.rest.filtering import criteria_of, unreadable


def page_links(ask: Ask, limit: int, offset: int, total: int) -> list[dict[str, str]]:
    """Give the links of one page: itself, and where there are others, how to get there."""
    rest = "".join(f"&{name}={quote(value)}" for name, value in ask.query.items() if name not in {"limit", "offset"})

    def link(relation: str, start: int) -> dict[str, str]:
        return {"rel": relation, "href": f"{ask.seen.home}{ask.seen.path}?limit={limit}&offset={start}{rest}"}

    last = max(total - 1, 0) // limit * limit
    links = []
    if offset:
        links += [link("previous", offset - limit), link("first", 0)]
    if offset + limit < total:
        links += [link("next", offset + limit), link("last", last)]
    return [*links, link("self", offset)]


def _page(ask: Ask, kind: RecordType, limit: int, offset: int) -> Found:
    store = ask.account.store
    query = ask.query.get("q", "").strip()
    if not query and not kind.stage:
        return Found(store.count(kind.family, kind.kept), store.page((kind.family, kind.kept), limit, offset))
    tree = criteria_of(kind, query) if query else Every()
    if kind.stage:  # leads and prospects are customers at an earlier stage (netsuite.md 4.2)
        tree = Every((Condition("stage", "is", (kind.stage,)), tree))
    try:
        return find(store, kind.family, tree, kinds=[record_type(kind.kept)], page=(limit, offset))
    except Unsearchable as error:
        raise unreadable() from error


def listing(ask: Ask) -> Response:
    """List the records of a type, all or those that `q` asks for."""
    if "ids" in ask.query:
        return batch.several(ask)
    kind, (limit, offset) = records.kind_of(ask), ask.page()
    found, view = _page(ask, kind, limit, offset), records.view_of(ask)
    items = [view.reference(kind, one) for one in found.records]
    more = offset + len(items) < found.total
    figures = {"count": len(items), "hasMore": more, "items": items, "offset": offset, "totalResults": found.total}
    return as_json({"links": page_links(ask, limit, offset, found.total), **figures}, media=COLLECTION)
