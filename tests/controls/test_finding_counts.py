"""Lists of findings and disposals take the same number of queries for few rows and for many."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controls.models import Disposal, Finding
from controls.rules import DisposalState, FindingState
from tests.controls import disposals, findings
from tests.registry.test_query_counts import MANY, copy

pytestmark = pytest.mark.once

# list → (who reads it, its address, how many queries). Each begins with two for the session and the person.
LISTS = {
    "board of the office": ("clerk", "controls:findings", "", 16),
    "board of the office, filtered": ("clerk", "controls:findings", "?state=overdue&organization=CZJ-01", 16),
    "board of an inspector": ("inspector", "controls:findings", "?state=open", 17),
    "findings to correct": ("holder", "controls:findings-to-correct", "", 12),
    "findings to verify": ("clerk", "controls:findings-to-verify", "", 13),
    "disposals of an inspector": ("inspector", "controls:disposals", "", 16),
    "disposals of a leader": ("principal", "controls:disposals", "?kind=admonition", 17),
    "one's own disposals": ("holder", "controls:disposals", "", 14),
    "the register": ("inspector", "controls:disposals-register", "", 11),
}


def queries(client, address: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


def multiply() -> None:
    """Copy findings and disposals into the same places."""
    for finding in list(Finding.objects.all()):
        Finding.objects.bulk_create(copy(finding, number=f"{finding.number}-{number}") for number in range(MANY))
    for disposal in list(Disposal.objects.all()):
        Disposal.objects.bulk_create(
            copy(disposal, number=disposal.number and f"{disposal.number}-{number}", approval=None)
            for number in range(MANY)
        )


@pytest.mark.parametrize("name", LISTS)
def test_lists_cost_the_same_for_many(body, client_of, name):
    for state in (FindingState.OPEN, FindingState.REPORTED):
        findings.in_state(body, state)
    for state in (DisposalState.DECIDED, DisposalState.SERVED):
        disposals.in_state(body, state)
    who, address, query, most = LISTS[name]
    client = client_of(who)
    few = queries(client, reverse(address) + query)
    multiply()
    many = queries(client, reverse(address) + query)
    assert few == many == most
