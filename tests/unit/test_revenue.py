"""Does an order line earn what it must, in the period in which it must, to the last cent?"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.errors import Rejected
from mappings.revenue.amending import added, caught_up, cotermed, first_open, reversed_, terminated, total
from mappings.revenue.spreading import Earning, Method, Schedule, fits, method_of, spread
from mappings.revenue.terms import Term, months, months_after, periods, running, term_of

D = Decimal
METHODS = st.sampled_from(Method)
DAYS = st.dates(date(2019, 1, 1), date(2032, 12, 31))
TERMS = st.builds(lambda first, length: Term(first, first + timedelta(days=length)), DAYS, st.integers(0, 1200))
DIGITS = st.sampled_from([0, 2, 3])
UNITS = st.integers(-(10**9), 10**9)
EARNINGS = st.builds(
    lambda units, term, method, digits: Earning(D(units).scaleb(-digits), term, method, digits),
    UNITS,
    TERMS,
    METHODS,
    DIGITS,
)


def term(first: str, last: str) -> Term:
    return term_of(date.fromisoformat(first), date.fromisoformat(last))


def month(text: str) -> Term:
    return months(term(f"{text}-01", f"{text}-01"))[0]


def earning(amount: str, first: str, last: str, method: Method, digits: int = 2) -> Earning:
    return Earning(D(amount), term(first, last), method, digits)


def told(schedule: Schedule) -> dict[str, str]:
    return {f"{one.period.first:%Y-%m}": str(one.amount) for one in schedule}


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (Method.EVEN, ["80.00", "80.00", "80.00", "80.00", "80.00"]),
        (Method.PRORATED, ["39.34", "99.45", "99.45", "99.46", "62.30"]),
        (Method.EXACT_DAYS, ["39.34", "98.36", "101.64", "98.36", "62.30"]),
    ],
)
def test_the_vendors_own_figures_come_out(method: Method, expected: list[str]) -> None:
    """400.00 from the 20th of August to the 19th of December, as in the help of NetSuite."""
    found = spread(earning("400.00", "2025-08-20", "2025-12-19", method))
    assert [str(one.amount) for one in found] == expected


def test_the_period_rate_gives_a_part_of_a_month_the_part_of_a_months_rate() -> None:
    """10,000.00 over 18/28 + 1 + 1 + 27/31 months is 2,845.90 a month."""
    found = spread(earning("10000.00", "2022-02-11", "2022-05-27", Method.PERIOD_RATE))
    assert told(found) == {"2022-02": "1829.51", "2022-03": "2845.90", "2022-04": "2845.90", "2022-05": "2478.69"}


def test_a_year_from_the_middle_of_a_month_touches_thirteen_periods() -> None:
    found = told(spread(earning("1200.00", "2026-01-15", "2027-01-14", Method.EXACT_DAYS)))
    assert len(found) == 13
    assert (found["2026-01"], found["2026-02"], found["2027-01"]) == ("55.89", "92.05", "46.02")


def test_a_leap_february_earns_one_day_more() -> None:
    leap = told(spread(earning("366.00", "2028-01-01", "2028-12-31", Method.EXACT_DAYS)))
    usual = told(spread(earning("365.00", "2027-01-01", "2027-12-31", Method.EXACT_DAYS)))
    assert (leap["2028-02"], usual["2027-02"]) == ("29.00", "28.00")


def test_the_cent_that_is_left_falls_into_the_last_period() -> None:
    found = spread(earning("100.00", "2026-01-01", "2026-03-31", Method.EVEN))
    assert told(found) == {"2026-01": "33.33", "2026-02": "33.33", "2026-03": "33.34"}


def test_yen_have_no_places_and_dinars_have_three() -> None:
    yen = spread(earning("100", "2026-01-01", "2026-03-31", Method.EVEN, 0))
    dinars = spread(earning("100.000", "2026-01-01", "2026-03-31", Method.EVEN, 3))
    assert [str(one.amount) for one in yen] == ["33", "33", "34"]
    assert [str(one.amount) for one in dinars] == ["33.333", "33.333", "33.334"]


def test_a_product_that_is_handed_over_earns_all_of_it_at_once() -> None:
    found = spread(earning("100.00", "2026-01-15", "2026-12-31", Method.UPFRONT))
    assert told(found) == {"2026-01": "100.00"}


def test_a_term_of_one_day_earns_all_of_it_on_that_day() -> None:
    for method in Method:
        assert told(spread(earning("9.99", "2026-02-28", "2026-02-28", method))) == {"2026-02": "9.99"}


def test_weeks_are_periods_too_where_the_company_closes_by_weeks() -> None:
    weeks = periods(
        [term("2026-01-05", "2026-02-01"), term("2026-02-02", "2026-03-01"), term("2026-03-02", "2026-04-05")]
    )
    found = spread(earning("91.00", "2026-01-05", "2026-04-05", Method.EXACT_DAYS), weeks)
    assert [str(one.amount) for one in found] == ["28.00", "28.00", "35.00"]


def test_periods_that_do_not_reach_to_the_end_are_refused_in_the_vendors_words() -> None:
    known = periods(months(term("2026-01-01", "2026-06-30")))
    with pytest.raises(Rejected) as refused:
        spread(earning("12.00", "2026-01-01", "2026-12-31", Method.EVEN), known)
    assert (refused.value.code, refused.value.value) == ("INSUFCNT_NUM_PRDS_FOR_REV_REC", date(2026, 12, 31))
    assert "2026-06-30" in refused.value.message
    with pytest.raises(Rejected):
        spread(earning("12.00", "2026-01-01", "2026-12-31", Method.EVEN), periods([]))


def test_dates_that_run_backwards_and_methods_nobody_knows_are_refused() -> None:
    with pytest.raises(Rejected, match="TERM_BACKWARDS"):
        term("2026-02-01", "2026-01-31")
    with pytest.raises(Rejected, match="REVENUE_METHOD_UNKNOWN"):
        method_of("CUSTOM")


def test_seats_added_in_july_end_with_the_contract_and_pay_for_the_days_left() -> None:
    whole = earning("365.00", "2026-01-01", "2026-12-31", Method.EXACT_DAYS)
    more = cotermed(whole, date(2026, 7, 1))
    assert (more.amount, more.term) == (D("184.00"), term("2026-07-01", "2026-12-31"))
    together = told(added([spread(whole), spread(more)]))
    assert (together["2026-06"], together["2026-07"]) == ("30.00", "62.00")
    assert cotermed(whole, date(2025, 7, 1)) == whole


def test_a_contract_that_ends_early_keeps_what_it_earned_and_credits_the_rest() -> None:
    ending = terminated(earning("1200.00", "2026-01-01", "2026-12-31", Method.EVEN), date(2026, 4, 15))
    assert told(ending.earned) == {"2026-01": "100.00", "2026-02": "100.00", "2026-03": "100.00", "2026-04": "50.00"}
    assert ending.credit == D("-850.00")


def test_what_is_handed_over_is_not_taken_back_by_an_end() -> None:
    upfront = earning("100.00", "2026-01-15", "2026-12-31", Method.UPFRONT)
    assert terminated(upfront, date(2026, 2, 1)).credit == 0
    assert terminated(upfront, date(2026, 1, 14)) == terminated(upfront, date(2025, 1, 1))
    assert terminated(upfront, date(2026, 1, 14)).credit == D(-100)


def test_a_credit_of_everything_leaves_nothing_in_any_period() -> None:
    sold = spread(earning("99.99", "2026-01-10", "2026-05-02", Method.PRORATED))
    assert {one.amount for one in added([sold, reversed_(sold)])} == {0}


def test_what_closed_periods_missed_goes_to_the_first_open_one() -> None:
    expected = spread(earning("1200.00", "2026-01-01", "2026-12-31", Method.EVEN))
    late = told(caught_up(expected, month("2026-04")))
    assert late["2026-04"] == "400.00"
    assert "2026-03" not in late
    assert late["2026-05"] == "100.00"


def test_too_much_in_closed_periods_is_taken_back_in_the_first_open_one() -> None:
    expected = spread(earning("1200.00", "2026-01-01", "2026-12-31", Method.EVEN))
    booked = {month("2026-01"): D("100.00"), month("2026-02"): D("350.00")}
    assert told(caught_up(expected, month("2026-03"), booked))["2026-03"] == "-150.00"


def test_a_term_that_lies_in_closed_periods_altogether_is_caught_up_after_it() -> None:
    expected = spread(earning("60.00", "2026-01-01", "2026-02-28", Method.EVEN))
    assert told(caught_up(expected, month("2026-05"))) == {"2026-05": "60.00"}
    booked = {one.period: one.amount for one in expected}
    assert caught_up(expected, month("2026-05"), booked) == ()


def test_the_first_open_period_follows_the_last_closed_one() -> None:
    year = months(term("2026-01-01", "2026-12-31"))
    assert first_open(year[:3], year) == month("2026-04")
    assert first_open([], year) == month("2026-01")
    assert first_open([year[0], year[2]], year) == month("2026-04")
    with pytest.raises(Rejected, match="NO_OPEN_PERIOD"):
        first_open(year, year)


@given(EARNINGS)
def test_a_schedule_adds_up_to_the_amount_exactly(one: Earning) -> None:
    found = spread(one)
    assert total(found) == one.amount
    assert all(fits(portion.amount, one.digits) for portion in found)
    assert [portion.period for portion in found] == sorted({portion.period for portion in found})


@given(EARNINGS)
def test_no_period_is_further_from_its_exact_share_than_rounding_explains(one: Earning) -> None:
    found = spread(one)
    unit = D(1).scaleb(-one.digits)
    for portion in found[:-2]:
        part = portion.period.within(one.term)
        assert part is not None
        if one.method is Method.EXACT_DAYS:
            assert abs(portion.amount - one.amount * part.days / one.term.days) <= unit / 2 + unit / 1000
        if one.method is Method.EVEN:
            assert portion.amount == found[0].amount
    assert one.method is Method.UPFRONT or len(found) == len(months(one.term))


@given(EARNINGS)
def test_a_credit_is_its_sale_turned_round(one: Earning) -> None:
    credit = Earning(-one.amount, one.term, one.method, one.digits)
    assert reversed_(spread(one)) == spread(credit)


@given(EARNINGS, DAYS)
def test_an_early_end_loses_nothing(one: Earning, last: date) -> None:
    ending = terminated(one, last)
    assert total(ending.earned) - ending.credit == one.amount
    assert all(portion.period.first <= last for portion in ending.earned) or last >= one.term.last
    assert all(fits(portion.amount, one.digits) for portion in ending.earned)


@given(EARNINGS, DAYS, st.lists(UNITS, max_size=5))
def test_a_catch_up_loses_nothing(one: Earning, day: date, amounts: list[int]) -> None:
    opens = months(Term(day, day))[0]
    expected = spread(one)
    closed = [portion.period for portion in expected if portion.period.first < opens.first]
    booked = dict(zip(closed, (D(units).scaleb(-one.digits) for units in amounts), strict=False))
    left = caught_up(expected, opens, booked)
    assert total(left) + sum(booked.values(), D(0)) == one.amount
    assert all(portion.period.first >= opens.first for portion in left)


@given(EARNINGS, DAYS)
def test_who_joins_later_pays_no_more_and_ends_with_the_others(one: Earning, day: date) -> None:
    joined = min(day, one.term.last)
    part = cotermed(one, joined)
    assert part.term.last == one.term.last
    assert abs(part.amount) <= abs(one.amount)
    assert fits(part.amount, one.digits)


@given(DAYS, st.integers(1, 60))
def test_a_term_of_months_is_followed_by_the_next_without_a_hole(first: date, count: int) -> None:
    one = running(first, count)
    following = one.last + timedelta(days=1)
    assert following == months_after(first, count)
    assert following.day == min(first.day, monthrange(following.year, following.month)[1])
