"""Does a folder of CSV files become the company that it describes, and is a broken one refused whole?"""

from __future__ import annotations

import tracemalloc
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.company.csv_folder import FolderFault, read_company
from sandbox.company.generated import DIRT, generate
from sandbox.company.records import Company

ROOT = Path(__file__).resolve().parent.parent.parent
REAL_SET = ROOT.parent / "shared/data/crm-sales-opportunities"
FILES = {
    "accounts.csv": "account,office_location,subsidiary_of\nAcme,Philipines,\nBranch,Springfield,Acme\n",
    "products.csv": "product,sales_price\nGTX,10\n",
    "sales_teams.csv": "sales_agent\nAnna Blum\n",
    "sales_pipeline.csv": (
        "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n"
        "A1,Anna Blum,GTX,Acme,Won,2017-01-01,2017-02-01,10.5\n"
        "A2,Anna Blum,GT X,,Prospecting,,,\n"
    ),
}


def countries() -> Callable[[str], bool]:
    table: dict[str, Any] = yaml.load((ROOT / "mappings/tables/country.yaml").read_text(), yaml.BaseLoader)  # noqa: S506 — makes only text
    names = {name.casefold() for name in table["values"]}
    return lambda place: place.casefold() in names


def folder(path: Path, **changed: str) -> Path:
    for name, text in FILES.items():
        (path / name).write_text(changed.get(name.removesuffix(".csv"), text))
    return path


def by_kind(company: Company) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for kind, record in [*company.netsuite, *company.salesforce]:
        found.setdefault(kind, []).append(record)
    return found


def test_the_public_set_has_its_known_figures() -> None:
    if not REAL_SET.is_dir():
        pytest.skip(f"the public CRM Sales Opportunities set is not at {REAL_SET}")
    company = by_kind(read_company(REAL_SET, countries()))
    assert {kind: len(found) for kind, found in company.items()} == {
        "nonInventorySaleItem": 7, "User": 35, "Account": 85, "Pricebook2": 1, "Product2": 8, "PricebookEntry": 8,
        "Opportunity": 8800, "OpportunityLineItem": 4238,
    }  # fmt: skip
    codes = {product["Id"]: product["ProductCode"] for product in company["Product2"]}
    worth: Counter[str] = Counter()
    for line in company["OpportunityLineItem"]:
        worth[codes[line["Product2Id"]]] += int(Decimal(line["UnitPrice"]))
    assert (sum(worth.values()), worth["GTXPro"]) == (10_005_534, 3_510_578)
    assert sum(deal["StageName"] == "Closed Won" for deal in company["Opportunity"]) == 4238
    assert all("BillingCountry" in account for account in company["Account"])


def test_a_place_is_a_country_where_it_names_one_and_a_parent_is_a_parent(tmp_path: Path) -> None:
    company = by_kind(read_company(folder(tmp_path), countries()))
    acme, branch = company["Account"]
    assert (acme["BillingCountry"], branch["BillingCity"]) == ("Philipines", "Springfield")
    assert branch["ParentId"] == acme["Id"]
    assert [product["ProductCode"] for product in company["Product2"]] == ["GTX", "GT X"]
    assert [item["itemId"] for item in company["nonInventorySaleItem"]] == ["GTX"]
    assert [line["UnitPrice"] for line in company["OpportunityLineItem"]] == ["10.5"]


PIPELINE = FILES["sales_pipeline.csv"]


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        (
            "sales_pipeline",
            PIPELINE.replace("2017-02-01", "01/02/2017"),
            "sales_pipeline.csv:2: close_date: '01/02/2017' is not a date",
        ),
        (
            "sales_pipeline",
            PIPELINE.replace("10.5", "ten"),
            "sales_pipeline.csv:2: close_value: 'ten' is not an amount",
        ),
        ("sales_pipeline", PIPELINE.replace("10.5", "NaN"), "close_value: 'NaN' is not an amount"),
        (
            "sales_pipeline",
            PIPELINE.replace("Won", "Gewonnen"),
            "deal_stage: 'Gewonnen' is no stage; expected Prospecting",
        ),
        ("sales_pipeline", PIPELINE.replace("Acme", "Acne"), "account: no account is called 'Acne'"),
        (
            "sales_pipeline",
            PIPELINE.replace("A2", "A1"),
            "sales_pipeline.csv:3: opportunity_id: 'A1' stands in the file a second time",
        ),
        ("sales_pipeline", PIPELINE.replace("A2,", ","), "sales_pipeline.csv:3: opportunity_id: is empty"),
        ("sales_pipeline", PIPELINE.replace(",10.5", ""), "sales_pipeline.csv:2: has 7 cells, the header has 8"),
        ("sales_pipeline", PIPELINE.replace("deal_stage", "stage"), "sales_pipeline.csv:1: no column deal_stage"),
        ("products", "product,sales_price\nGTX,cheap\n", "products.csv:2: sales_price: 'cheap' is not an amount"),
        (
            "accounts",
            FILES["accounts.csv"].replace(",Acme", ",Nobody"),
            "accounts.csv:3: subsidiary_of: no account is called 'Nobody'",
        ),
        ("accounts", "", "accounts.csv:1: no column account, office_location, subsidiary_of; found: nothing"),
        ("accounts", 'account,office_location,subsidiary_of\n"Acme,Kenya,\n', "accounts.csv: cannot be read"),
    ],
)
def test_a_broken_folder_is_refused_with_file_line_and_column(tmp_path: Path, file: str, text: str, words: str) -> None:
    with pytest.raises(FolderFault) as refused:
        read_company(folder(tmp_path, **{file: text}), countries())
    assert words in str(refused.value)


def test_every_fault_is_told_up_to_twenty(tmp_path: Path) -> None:
    rows = "".join(f"B{number},Anna Blum,GTX,Acme,Won,x,y,z\n" for number in range(10))
    with pytest.raises(FolderFault) as refused:
        read_company(folder(tmp_path, sales_pipeline=PIPELINE + rows), countries())
    assert str(refused.value).count("sales_pipeline.csv") == 20
    assert "… and 10 more" in str(refused.value)


def test_a_missing_file_and_a_wrong_encoding_are_named(tmp_path: Path) -> None:
    folder(tmp_path)
    (tmp_path / "products.csv").unlink()
    (tmp_path / "accounts.csv").write_bytes("account,office_location,subsidiary_of\nKäse,Kenya,\n".encode("latin-1"))
    with pytest.raises(FolderFault) as refused:
        read_company(tmp_path, countries())
    assert "products.csv: is missing" in str(refused.value)
    assert "accounts.csv: cannot be read" in str(refused.value)


def test_a_generated_company_is_the_same_for_a_seed_and_dirty_in_its_known_ways() -> None:
    one, same, other = (by_kind(generate(2000, seed)) for seed in (1, 1, 2))
    assert one == same
    assert one["Opportunity"] != other["Opportunity"]
    lines = Counter(line["OpportunityId"] for line in one["OpportunityLineItem"])
    codes = {product["Id"]: product["ProductCode"] for product in one["Product2"]}
    items = {item["itemId"] for item in one["nonInventorySaleItem"]}
    found = {
        "INVALID_SKU": sum(codes[line["Product2Id"]] not in items for line in one["OpportunityLineItem"]),
        "MISSING_CURRENCY_CODE": sum("CurrencyIsoCode" not in deal for deal in one["Opportunity"]),
        "NO_LINES": sum(deal["Id"] not in lines for deal in one["Opportunity"]),
        "QUANTITY_NOT_POSITIVE": sum(line["Quantity"] == "-1" for line in one["OpportunityLineItem"]),
    }
    for code, count in found.items():
        assert 0.4 * DIRT[code] < count / 2000 < 2 * DIRT[code], (code, count)


def test_a_large_company_is_made_while_it_is_read() -> None:
    tracemalloc.start()
    company = generate(120_000, 1)
    taken = sum(1 for _ in islice(company.salesforce, 40_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken == 40_000
    assert peak < 60_000_000
