"""Does each told change become the right asks, and is the position noted only behind what it stands for?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from flows.capture import Wanted, capture
from flows.changes import Change, Heard, Kin, Kind
from flows.errors import IsthmusError, Lapsed, Misconfigured, Overtaken, Unreachable
from flows.listen import Ear, Told, is_echo, listen, watched
from flows.model import Mark
from mappings.language import Flow
from tests.unit.core_stage import CUSTOMERS, ORDERS, START, Stage

CHANNEL = "/data/ChangeEvents"
NAME = watched("salesforce", CHANNEL)
DEAL, OTHER, LINE, ACCOUNT = "006000000000001AAA", "006000000000002AAA", "00k000000000001AAA", "001000000000001AAA"
UPDATED = Change("Opportunity", (DEAL,), Kind.UPDATED, START, fields=frozenset({"StageName"}))
LINE_CHANGED = Change("OpportunityLineItem", (LINE,), Kind.UPDATED, START, fields=frozenset({"Quantity"}))
FEEDBACK = replace(UPDATED, own=True, fields=frozenset({"NetSuite_Order_Number__c", "NetSuite_Last_Sync__c"}))
LOST = Change("Opportunity", ("000000000000000AAA",), Kind.LOST, START - timedelta(hours=2))


@dataclass
class Mouth:
    """What tells changes: the answers that a test puts in, or the error."""

    answers: list[Heard] = field(default_factory=list)
    holders: dict[str, str] = field(default_factory=dict)
    followed: list[str] = field(default_factory=list)
    knows: bool = True
    failure: IsthmusError | None = None

    def kin(self, flows: Sequence[Flow]) -> Mapping[str, Sequence[Kin]]:
        assert {flow.flow for flow in flows} >= {ORDERS, CUSTOMERS}
        links = [Kin(ORDERS, "OpportunityId")]
        return {"Opportunity": [Kin(ORDERS)], "Account": [Kin(CUSTOMERS)], "OpportunityLineItem": links}

    def follow(self, channel: str, position: str) -> Iterator[Heard]:
        assert channel == CHANNEL
        self.followed.append(position)
        if position and not self.knows:
            raise Lapsed("REPLAY_ID", "Unknown.")
        yield from self.answers
        if self.failure:
            raise self.failure

    def parents(self, child: str, link: str, ids: Sequence[str]) -> Mapping[str, str]:
        assert (child, link) == ("OpportunityLineItem", "OpportunityId")
        return {one: self.holders[one] for one in ids if one in self.holders}

    def stop(self) -> None:
        """Nothing here waits."""


class Room(Stage):
    """A stage with somebody who tells changes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.mouth = Mouth()
        self.fence = self.watch("me")

    def watch(self, holder: str) -> int:
        fence = self.ledger.queue.watch(NAME, holder, self.now, self.now + timedelta(minutes=1))
        assert fence is not None
        return fence

    def tell(self, *changes: Change, position: str = "02") -> list[Told]:
        self.mouth.answers = [Heard(changes, position)]
        return self.hear()

    def hear(self) -> list[Told]:
        return list(listen(Ear("salesforce", CHANNEL, self.mouth, self.services, self.fence)))

    def cursor(self, flow: str) -> None:
        """Let a flow have been captured before."""
        capture(flow, Wanted(), self.services)
        self.source.asked_since.clear()

    def asked(self) -> list[tuple[str, str, bool]]:
        later = self.now + timedelta(days=1)
        return sorted((one.flow, one.source_id, one.gone) for one in self.ledger.queue.asked(later, 100))

    @property
    def position(self) -> str:
        mark = self.ledger.queue.mark(NAME)
        return mark.position if mark else ""


@pytest.fixture
def room(tmp_path: Path) -> Room:
    room = Room(tmp_path)
    room.ledger.queue.ask([], room.now, Mark(NAME, "01", room.fence))
    return room


def test_a_changed_record_is_asked_for_in_its_flow_and_knocked_for(room: Room) -> None:
    assert room.tell(UPDATED) == [Told(changes=1, asks=1)]
    assert room.asked() == [(ORDERS, DEAL, False)]
    assert room.bell.captures == [(ORDERS, [DEAL])]
    assert (room.mouth.followed, room.position) == (["01"], "02")


@pytest.mark.parametrize(("kind", "gone"), [(Kind.CREATED, False), (Kind.RESTORED, False), (Kind.DELETED, True)])
def test_each_kind_is_asked_for_as_it_deserves(room: Room, kind: Kind, gone: bool) -> None:  # noqa: FBT001 — a parameter of the table
    room.tell(replace(UPDATED, kind=kind, fields=None))
    assert room.asked() == [(ORDERS, DEAL, gone)]


def test_the_last_word_of_one_answer_counts(room: Room) -> None:
    room.tell(replace(UPDATED, kind=Kind.DELETED), replace(UPDATED, kind=Kind.RESTORED))
    assert room.asked() == [(ORDERS, DEAL, False)]


def test_one_change_of_many_records_is_many_asks(room: Room) -> None:
    assert room.tell(replace(UPDATED, ids=(DEAL, OTHER)))[0].asks == 2


def test_objects_that_no_flow_reads_only_move_the_position(room: Room) -> None:
    assert room.tell(replace(UPDATED, object="Task")) == [Told(changes=1)]
    assert (room.asked(), room.position) == ([], "02")


def test_an_empty_answer_moves_the_position(room: Room) -> None:
    assert room.tell() == [Told()]
    assert room.position == "02"


def test_our_own_feedback_is_counted_and_makes_no_ask(room: Room) -> None:
    assert room.tell(FEEDBACK) == [Told(changes=1, echoes=1)]
    assert (room.asked(), room.position) == ([], "02")


def test_our_own_feedback_on_lines_is_an_echo_and_a_person_s_quantity_beside_it_is_none(room: Room) -> None:
    fed_back = replace(LINE_CHANGED, own=True, fields=frozenset({"NetSuite_Line_ID__c", "NetSuite_Closed__c"}))
    both = replace(fed_back, fields=frozenset({"NetSuite_Line_ID__c", "Quantity"}))
    room.mouth.holders = {LINE: DEAL}
    (told,) = room.tell(fed_back)
    assert (told.asks, room.asked()) == (0, [])
    assert told.echoes
    assert room.tell(both)[0].asks


@pytest.mark.parametrize(
    "change",
    [
        replace(FEEDBACK, own=False),  # somebody else wrote the very same fields
        replace(FEEDBACK, fields=FEEDBACK.fields and FEEDBACK.fields | {"StageName"}),  # the org's automation joined in
        replace(
            FEEDBACK, fields=FEEDBACK.fields and FEEDBACK.fields | {"Region__c"}
        ),  # what a formula of ours may read
        replace(FEEDBACK, fields=None),  # a gap: nobody knows what was changed
        replace(FEEDBACK, kind=Kind.DELETED, fields=None),
        replace(FEEDBACK, kind=Kind.CREATED, fields=None),
    ],
)
def test_an_echo_never_hides_what_may_be_a_person_s_change(room: Room, change: Change) -> None:
    assert room.tell(change)[0].asks == 1


def test_a_person_s_change_beside_our_feedback_is_asked_for(room: Room) -> None:
    assert room.tell(FEEDBACK, UPDATED, FEEDBACK) == [Told(changes=3, asks=1, echoes=2)]


def test_feedback_that_the_flow_itself_reads_is_no_echo_for_it(room: Room) -> None:
    flows = room.services.flows
    reads = flows[ORDERS].model_copy(update={"checks": ()})
    reads.fields["note"] = (
        flows["sales_order_to_opportunity"]
        .fields["NetSuite_Order_Number__c"]
        .model_copy(update={"from_": "NetSuite_Order_Number__c"})
    )
    assert not is_echo(FEEDBACK, reads, flows.values())


def test_a_child_knocks_at_its_parent_s_flow(room: Room) -> None:
    room.tell(replace(LINE_CHANGED, kind=Kind.CREATED, fields=None, links={"OpportunityId": DEAL, "Product2Id": "x"}))
    assert room.asked() == [(ORDERS, DEAL, False)]


def test_the_parent_of_a_child_that_does_not_name_it_is_looked_up(room: Room) -> None:
    room.mouth.holders = {LINE: DEAL}
    told = room.tell(LINE_CHANGED, replace(LINE_CHANGED, kind=Kind.DELETED, fields=None))
    assert told == [Told(changes=2, asks=1)]
    assert room.asked() == [(ORDERS, DEAL, False)]


def test_a_child_without_a_parent_is_counted(room: Room) -> None:
    assert room.tell(LINE_CHANGED) == [Told(changes=1, orphans=1)]


def test_a_child_s_change_does_not_bring_its_deleted_parent_back(room: Room) -> None:
    gone = replace(UPDATED, kind=Kind.DELETED, fields=None)
    lines = replace(LINE_CHANGED, kind=Kind.DELETED, links={"OpportunityId": DEAL})
    room.tell(lines, gone, lines)
    assert room.asked() == [(ORDERS, DEAL, True)]


def test_what_no_event_names_is_caught_up_with_before_the_position_is_noted(room: Room) -> None:
    room.cursor(ORDERS)
    room.source.failure = Unreachable("DOWN", "Down.")
    with pytest.raises(Unreachable):
        room.tell(LOST)
    assert room.position == "01"
    room.source.failure = None
    assert room.tell(LOST) == [Told(changes=1, captured=(ORDERS,))]
    assert room.source.asked_since[-1] == LOST.at - room.services.pace.overlap
    assert room.position == "02"


def test_the_loss_of_an_unknown_object_is_the_loss_of_all(room: Room) -> None:
    for flow in (ORDERS, CUSTOMERS):
        room.cursor(flow)
    (told,) = room.tell(replace(LOST, object=""))
    assert sorted(told.captured) == [CUSTOMERS, ORDERS]


def test_a_flow_that_is_misconfigured_holds_up_no_other(room: Room) -> None:
    for flow in (ORDERS, CUSTOMERS):
        room.cursor(flow)
    room.source.failure = Misconfigured("INVALID_FIELD", "No such field.")
    (told,) = room.tell(replace(LOST, object=""), UPDATED)
    assert sorted(told.failed) == [f"{CUSTOMERS}: INVALID_FIELD", f"{ORDERS}: INVALID_FIELD"]
    assert (told.asks, room.position) == (1, "02")


def test_a_flow_that_was_never_captured_is_left_to_its_first_capture(room: Room) -> None:
    assert room.tell(LOST) == [Told(changes=1)]
    assert room.source.asked_since == []


def test_an_unknown_position_is_answered_by_catching_up_around_a_fresh_beginning(room: Room) -> None:
    for flow in (ORDERS, CUSTOMERS):
        room.cursor(flow)
    room.mouth.knows = False
    room.now = START + timedelta(hours=80)
    told = room.tell(UPDATED, position="09")
    assert room.mouth.followed == ["01", ""]
    assert [len(one.captured) for one in told] == [0, 2, 2, 0]
    assert [one.lapsed for one in told] == [True, False, False, False]
    assert room.source.asked_since[:2] == [START - room.services.pace.overlap] * 2
    assert (room.asked(), room.position) == ([(ORDERS, DEAL, False)], "09")


def test_who_dies_before_the_first_answer_begins_afresh_again(room: Room) -> None:
    room.cursor(ORDERS)
    room.mouth.knows, room.mouth.failure = False, Unreachable("CUT", "Cut.")
    with pytest.raises(Unreachable):
        room.hear()
    assert room.position == "01"
    reads = len(room.source.asked_since)
    room.mouth.failure = None
    room.tell(position="09")
    assert len(room.source.asked_since) == reads + 2
    assert room.position == "09"


def test_the_very_first_start_begins_with_the_newest_event(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.tell(UPDATED)
    assert room.mouth.followed == [""]
    assert (room.asked(), room.position) == ([(ORDERS, DEAL, False)], "02")


def test_who_was_overtaken_notes_nothing(room: Room) -> None:
    room.now += timedelta(minutes=2)
    room.watch("another")
    with pytest.raises(Overtaken):
        room.tell(UPDATED)
    assert (room.asked(), room.position) == ([], "01")


@pytest.mark.parametrize("update", [{"window": object()}, {"every": None, "at": object()}, {"every": None}])
def test_what_waits_for_its_hour_or_for_a_person_is_left_to_them(room: Room, update: dict[str, object]) -> None:
    waiting = room.services.flows[ORDERS].model_copy(update=update)
    services = replace(room.services, flows=dict(room.services.flows) | {ORDERS: waiting})
    ear = Ear("salesforce", CHANNEL, room.mouth, services, room.fence)
    assert ORDERS not in {flow.flow for flow in ear.flows}
    assert {flow.source.system for flow in ear.flows} == {"salesforce"}
