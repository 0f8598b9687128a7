"""Does SuiteQL speak Oracle's dialect, over one connection to the twin's records?"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.netsuite_twin import Twin, order, running


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running(tmp_path_factory.mktemp("netsuite")) as one:
        one.control("POST", "clock", {"now": "2026-03-15T12:00:00Z", "frozen": True})
        for number in range(1, 6):
            line = {"item": {"id": "7"}, "quantity": number, "rate": 10, "price": {"id": "-1"}}
            days = f"2026-0{number}-15"
            one.record("PUT", f"salesOrder/eid:SF-{number}", order(line, line, memo=f"m{number}", tranDate=days))
        yield one


def _items(twin: Twin, query: str, *params: Any) -> Any:
    answer = twin.ask(query, *params)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


ONE = "FROM transaction WHERE externalid = 'SF-3'"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("DECODE(memo, 'm1', 'one', 'm3', 'three', 'other')", "three"),
        ("NVL(otherrefnum, 'none')", "none"),
        ("NVL2(memo, 'yes', 'no')", "yes"),
        ("COALESCE(otherrefnum, memo)", "m3"),
        ("CASE WHEN foreigntotal > 50 THEN 'big' ELSE 'small' END", "big"),
        ("trandate", "3/15/2026"),
        ("TO_CHAR(trandate, 'YYYY-MM-DD')", "2026-03-15"),
        ("TO_CHAR(trandate, 'Q')", "1"),
        ("TO_CHAR(trandate, 'MON')", "Mar"),
        ("ADD_MONTHS(trandate, 1)", "4/15/2026"),
        ("ADD_MONTHS(TO_DATE('2026-01-31', 'YYYY-MM-DD'), 1)", "2/28/2026"),
        ("LAST_DAY(trandate)", "3/31/2026"),
        ("TRUNC(trandate, 'MM')", "3/1/2026"),
        ("TRUNC(SYSDATE)", "3/15/2026"),
        ("TO_CHAR(SYSDATE, 'HH24:MI')", "12:00"),
        ("trandate + 20", "4/4/2026"),
        ("TO_DATE('2026-03-20', 'YYYY-MM-DD') - trandate", "5"),
        ("MONTHS_BETWEEN(TO_DATE('2026-05-15', 'YYYY-MM-DD'), trandate)", "2"),
        ("EXTRACT(YEAR FROM trandate)", "2026"),
        ("ROUND(foreigntotal / 7, 2)", "8.57"),
        ("TRUNC(8.579, 1)", "8.5"),
        ("5 / 2", "2.5"),
        ("MOD(7, 4)", "3"),
        ("MOD(5.5, 2)", "1.5"),
        ("ABS(-3)", "3"),
        ("UPPER(memo) || '-' || LOWER('X') || otherrefnum", "M3-x"),
        ("CONCAT('a', memo)", "am3"),
        ("SUBSTR('abcdef', 2, 3)", "bcd"),
        ("SUBSTR('abcdef', -2)", "ef"),
        ("INSTR('abcabc', 'c')", "3"),
        ("INSTR('abcabc', 'c', 1, 2)", "6"),
        ("LPAD('7', 3, '0')", "007"),
        ("RPAD('7', 3)", "7  "),
        ("LENGTH(memo)", "2"),
        ("INITCAP('hello world')", "Hello World"),
        ("TO_NUMBER('12') + 1", "13"),
        ("REPLACE(memo, 'm', 'n')", "n3"),
        ("TRIM('  x ')", "x"),
        ("GREATEST(1, 5, 3)", "5"),
        ("NULLIF(1, 2)", "1"),
        ("REGEXP_SUBSTR('order 45', '[0-9]+')", "45"),
        ("TO_CHAR(1234.5, '9,999.00')", " 1,234.50"),
        ("BUILTIN.DF(type)", "Sales Order"),
        ("BUILTIN.CF(memo)", "m3"),
        ("BUILTIN.CF(status)", "SalesOrd:A"),
        ("BUILTIN.CONSOLIDATE(foreigntotal, 'LEDGER', 'DEFAULT', 'DEFAULT', 1, 1, 'DEFAULT')", "60"),
        ("BUILTIN.RELATIVE_RANGES('LM', 'START')", "2/1/2026"),
        ("BUILTIN.RELATIVE_RANGES('LM', 'END')", "2/28/2026"),
        ("type", "SalesOrd"),
        ("recordtype", "salesorder"),
        ("(SELECT MAX(-tl.quantity) FROM transactionline tl WHERE tl.transaction = transaction.id)", "3"),
        ("CAST(foreigntotal AS VARCHAR(10))", "60"),
    ],
)
def test_an_expression_has_its_value(twin: Twin, expression: str, value: str) -> None:
    assert _items(twin, f"SELECT {expression} AS v {ONE}") == [{"v": value}]


@pytest.mark.parametrize(
    ("condition", "memos"),
    [
        ("trandate >= '3/15/2026'", "m3 m4 m5"),
        ("trandate BETWEEN '1/1/2026' AND '2/28/2026'", "m1 m2"),
        ("trandate = TO_DATE('2026-02-15', 'YYYY-MM-DD')", "m2"),
        ("trandate > SYSDATE - 20", "m3 m4 m5"),
        ("trandate < TRUNC(SYSDATE)", "m1 m2"),
        ("trandate >= TO_DATE('2026-04-15 00:00:00', 'YYYY-MM-DD HH24:MI:SS')", "m4 m5"),
        ("id = '103'", "m3"),
        ("tranid LIKE 'SO1000%' AND memo LIKE 'M%'", ""),
        ("memo IN ('m1', 'm5')", "m1 m5"),
        ("memo NOT IN ('m1', 'm2', 'm3')", "m4 m5"),
        ("otherrefnum IS NULL AND NOT memo = 'm1'", "m2 m3 m4 m5"),
        ("foreigntotal > '75'", "m4 m5"),
        ("MOD(id, 2) = 0", "m2 m4"),
        ("EXISTS (SELECT 1 FROM transactionline tl WHERE tl.transaction = transaction.id AND tl.quantity = -5)", "m5"),
        ("id IN (SELECT transaction FROM transactionline WHERE quantity < -3)", "m4 m5"),
        ("ROWNUM <= 2", "m1 m2"),
        ("ROWNUM = 1", "m1"),
        ("tranid = 'SO10002'", "m2"),
        ("tranid = 'so10002'", ""),
        ("tranid IN ('SO10001', 'SO10005')", "m1 m5"),
        ("UPPER(memo) = 'M2' OR (memo = 'm4' AND type = 'SalesOrd')", "m2 m4"),
    ],
)
def test_a_condition_finds_its_rows(twin: Twin, condition: str, memos: str) -> None:
    rows = _items(twin, f"SELECT memo FROM transaction WHERE {condition} ORDER BY id")
    assert " ".join(row["memo"] for row in rows) == memos


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT TOP 2 memo FROM transaction ORDER BY id DESC", [{"memo": "m5"}, {"memo": "m4"}]),
        ("SELECT memo FROM transaction ORDER BY id FETCH FIRST 1 ROWS ONLY", [{"memo": "m1"}]),
        ("SELECT memo FROM transaction ORDER BY id OFFSET 3 ROWS FETCH NEXT 1 ROWS ONLY", [{"memo": "m4"}]),
        ("SELECT memo FROM transaction ORDER BY id OFFSET 4 ROWS", [{"memo": "m5"}]),
        (
            "SELECT LISTAGG(memo, ', ') WITHIN GROUP (ORDER BY memo DESC) AS l FROM transaction WHERE id < 104",
            [{"l": "m3, m2, m1"}],
        ),
        (
            (
                "WITH big AS (SELECT id, memo, trandate AS day FROM transaction WHERE foreigntotal > ?) "
                "SELECT memo, day FROM big WHERE memo <> ? ORDER BY id"
            ),
            [{"memo": "m4", "day": "4/15/2026"}],
        ),
        (
            "SELECT c.companyname, t.memo FROM transaction t, customer c WHERE c.id = t.entity AND t.memo = 'm2'",
            [{"companyname": "Acme", "memo": "m2"}],
        ),
        (
            "SELECT e.id, t.memo FROM customer e, transaction t WHERE e.id = t.entity(+) AND t.memo = 'm1'",
            [{"id": "501", "memo": "m1"}],
        ),
        (
            "SELECT memo, n FROM (SELECT memo, ROW_NUMBER() OVER (ORDER BY id DESC) AS n FROM transaction) WHERE n = 2",
            [{"memo": "m4", "n": "2"}],
        ),
        (
            "SELECT memo FROM transaction WHERE memo = 'm1' UNION ALL SELECT itemid FROM item WHERE itemid = 'SVC-1'",
            [{"memo": "m1"}, {"memo": "SVC-1"}],
        ),
        (
            (
                "SELECT TO_CHAR(trandate, 'YYYY') AS y, COUNT(*) AS n, SUM(foreigntotal) AS s, MAX(trandate) AS d "
                "FROM transaction GROUP BY TO_CHAR(trandate, 'YYYY') HAVING COUNT(*) > 1"
            ),
            [{"y": "2026", "n": "5", "s": "300", "d": "5/15/2026"}],
        ),
        ("SELECT DISTINCT BUILTIN.DF(t.entity) AS who FROM transaction t", [{"who": "CUST10001 Acme"}]),
        ("SELECT COUNT(*) FROM transactionline WHERE mainline = 'T'", [{"expr1": "5"}]),
        ("SELECT SYSDATE AS now, 1 + 1 AS two FROM DUAL", [{"now": "3/15/2026", "two": "2"}]),
        ("SELECT memo FROM transaction WHERE memo > 'm3'", [{"memo": "m4"}, {"memo": "m5"}]),
        (
            "SELECT memo FROM (SELECT memo, ROWNUM AS n FROM transaction ORDER BY id DESC) WHERE n BETWEEN 2 AND 3",
            [{"memo": "m4"}, {"memo": "m3"}],
        ),
        (
            (
                "SELECT i.itemid, SUM(tl.quantity) AS q FROM transactionline tl INNER JOIN item i ON i.id = tl.item "
                "LEFT OUTER JOIN transaction t ON t.id = tl.transaction WHERE t.memo = 'm5' GROUP BY i.itemid"
            ),
            [{"itemid": "SVC-1", "q": "-10"}],
        ),
    ],
)
def test_a_query_gives_its_rows(twin: Twin, query: str, rows: Any) -> None:
    params = ["75", "m5"] if "?" in query else []
    assert _items(twin, query, *params) == rows


def test_all_columns_of_a_table_come_in_lower_case_and_dates_as_the_account_shows_them(twin: Twin) -> None:
    row = _items(twin, "SELECT * FROM transaction WHERE externalid = 'SF-1'")[0]
    assert (row["tranid"], row["trandate"], row["lastmodifieddate"]) == ("SO10001", "1/15/2026", "3/15/2026")
    assert "external_key" not in row
    assert all(name == name.lower() and isinstance(value, str) for name, value in row.items())


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (
            "SELECT nope FROM transaction",
            "Unknown identifier 'nope'. Available identifiers are: {transaction=transaction}.",
        ),
        ("SELECT t.nope FROM transaction t", "Unknown identifier 'nope'. Available identifiers are: {t=transaction}."),
        ("SELECT id FROM nowhere", "Invalid search type: nowhere."),
        ("SELECT name FROM sqlite_master", "Invalid search type: sqlite_master."),
        ("SELECT * FROM pragma_table_info('ns_item')", "Invalid search type: "),
        ("SELECT NOPE(id) FROM transaction", "Unknown function"),
        ("SELECT id FROM transaction WHERE id = ?", "1 parameters are needed"),
        ("UPDATE transaction SET memo = 'x'", "Invalid or unsupported search"),
        ("SELECT id FROM transaction; SELECT 1", "Invalid or unsupported search"),
        ("SELECT id FROM transaction WHERE", "Invalid or unsupported search"),
    ],
)
def test_a_wrong_query_is_refused_in_the_vendors_words(twin: Twin, query: str, words: str) -> None:
    answer = twin.ask(query)
    detail = answer.json()["o:errorDetails"][0]
    assert (answer.status_code, detail["o:errorCode"], detail["o:errorQueryParam"]) == (400, "INVALID_PARAMETER", "q")
    assert detail["detail"].startswith("Invalid search query. Detailed unprocessed description follows. ")
    assert words in detail["detail"]


@pytest.mark.parametrize("page", ["?limit=0", "?limit=1001", "?limit=2&offset=3", "?limit=x"])
def test_a_page_that_cannot_be_is_refused(twin: Twin, page: str) -> None:
    assert twin.ask("SELECT id FROM item", page=page).json()["o:errorDetails"][0]["o:errorCode"] == "INVALID_PARAMETER"
