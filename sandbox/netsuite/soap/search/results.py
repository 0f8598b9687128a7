"""What does a search answer? A page of records or rows, and an id by which the search is run again for another page.

A later page is a new run (netsuite.md 2.7): it shifts when records change.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import islice

from lxml import etree

from sandbox.netsuite import criteria
from sandbox.netsuite.refusals import Refused
from sandbox.netsuite.searches import Kept
from sandbox.netsuite.soap.answers import core, refused_result, result
from sandbox.netsuite.soap.call import Call, Preferences
from sandbox.netsuite.soap.search.asking import Asked, read_search
from sandbox.netsuite.soap.search.rows import RowWriter
from sandbox.netsuite.soap.tongue import wrapped
from sandbox.netsuite.soap.writing import RecordWriter

SIZES = range(5, 1001)  # of a page; up to twice as many when done later (netsuite.md 2.5)
_NAME = "searchResult"


def search(call: Call) -> str:
    """Search, and give the first page."""
    return wrapped(call.tongue, "search", begun(call, SIZES))


def begun(call: Call, sizes: range) -> str:
    """Read a search, keep it and give its first page; what makes no sense is refused in the result's status."""
    element = call.needed("searchRecord")
    try:
        _page_size(call.preferences, sizes)
        asked = read_search(element, call.account.now().date())
        door = call.service.door
        request = etree.tostring(element, encoding="unicode", with_tail=False)
        kept = call.service.searches.keep(door.keys.account, request, asdict(call.preferences), door.now())
        return page_of(call, kept, asked, 1)
    except Refused as refused:
        return refused_result(_NAME, refused)
    except criteria.Unsearchable as wrong:
        return refused_result(_NAME, Refused("INVALID_SEARCH_CRITERIA", f"Invalid search criteria: {wrong}."))


def search_more(call: Call) -> str:
    """Run a search again for another page."""
    kept = call.service.searches.again(call.text("searchId"), call.service.door.now())
    if kept is None:
        refused = Refused("INVALID_JOB_ID", "The search id is invalid or has expired.")
        return wrapped(call.tongue, "searchMoreWithId", refused_result(_NAME, refused))
    return wrapped(call.tongue, "searchMoreWithId", more_of(call, kept, call.number("pageIndex")))


def more_of(call: Call, kept: Kept, index: int) -> str:
    """Give a later page of a kept search."""
    try:
        asked = read_search(etree.fromstring(kept.request), call.account.now().date())
        return page_of(call, kept, asked, index)
    except Refused as refused:
        return refused_result(_NAME, refused)


def _page_size(preferences: Preferences, sizes: range = SIZES) -> int:
    size = preferences.page_size
    if size is not None and size not in sizes:
        words = f"The page size must be between {sizes[0]} and {sizes[-1]}."
        raise Refused("INVALID_SEARCH_PAGE_SIZE", words)
    return size or SIZES[-1]


def page_of(call: Call, kept: Kept, asked: Asked, index: int) -> str:
    """Give one page of a search, or refuse: there is no such page."""
    preferred = Preferences(**kept.preferences)
    size = preferred.page_size or SIZES[-1]
    shows_rows = asked.columns is not None and len(asked.columns) > 0 and preferred.return_columns
    total, inner = (_rows if shows_rows else _records)(call, preferred, asked, (size, (index - 1) * size))
    pages = -(-total // size)
    if not 1 <= index <= max(pages, 1):
        raise Refused("INVALID_SEARCH_PAGE_INDEX", f"The page index must be between 1 and {max(pages, 1)}.")
    figures = {"totalRecords": total, "pageSize": size, "totalPages": pages, "pageIndex": index, "searchId": kept.id}
    return result(_NAME, "".join(core(name, value) for name, value in figures.items()) + inner)


def _records(call: Call, preferred: Preferences, asked: Asked, page: tuple[int, int]) -> tuple[int, str]:
    looked = asked.searched
    found = criteria.find(
        call.account.store, looked.family, asked.tree, kinds=looked.kinds, page=(page[0], max(page[1], 0))
    )
    lists = not preferred.body_fields_only
    writer = RecordWriter(call.account, call.tongue, tag="platformCore:record", lists=lists)
    return (
        found.total,
        f"<platformCore:recordList>{''.join(map(writer.stored, found.records))}</platformCore:recordList>",
    )


def _rows(call: Call, _preferred: Preferences, asked: Asked, page: tuple[int, int]) -> tuple[int, str]:
    columns = asked.columns if asked.columns is not None else etree.Element("columns")
    writer = RowWriter(call.account, call.tongue, asked.type, columns)
    looked, store, (size, offset) = asked.searched, call.account.store, page
    if looked.family != "transaction" or asked.main_line is True:
        found = criteria.find(store, looked.family, asked.tree, kinds=looked.kinds, page=(size, max(offset, 0)))
        return found.total, _listed(row for record in found.records for row in writer.rows(record, main_line=True))
    whole, lines = criteria.weigh(store, looked.family, asked.tree, "item", kinds=looked.kinds)
    total = lines + (0 if asked.main_line is False else whole)
    rows = _every_row(call, asked, writer)
    return total, _listed(islice(rows, max(offset, 0), max(offset, 0) + size))


def _every_row(call: Call, asked: Asked, writer: RowWriter) -> Iterator[str]:
    """Give all rows of a search for transactions, in order; records are read a thousand at a time."""
    looked, store, start = asked.searched, call.account.store, 0
    while records := criteria.page_of(store, looked.family, asked.tree, kinds=looked.kinds, page=(1000, start)):
        start += len(records)
        for record in records:
            yield from writer.rows(record, main_line=asked.main_line)


def _listed(rows: Iterable[str]) -> str:
    return f"<platformCore:searchRowList>{''.join(rows)}</platformCore:searchRowList>"
