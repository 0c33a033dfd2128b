"""10,000 signals, alerts, findings and tasks: each list takes the same number of queries as for a few, and not much longer."""

import time

import pytest
from django.urls import reverse

from controls.actions.alerts import due_alerts
from controls.models import Alert, AlertStep, Signal
from tests import factories
from tests.controls import monitored
from tests.registry.test_query_counts import compare, copy, fetched

pytestmark = [pytest.mark.django_db, pytest.mark.once]

MANY = 10_000
# list → (who reads it, its address, the filter, how many queries)
LISTS = {
    "register of an inspector": ("inspector", "controls:signals", "", 17),
    "register of an inspector, filtered": (
        "inspector", "controls:signals", f"?year={factories.today().year}&organization=CZJ-01&channel=letter&judged=risk", 19,
    ),
    "register of an office": ("clerk", "controls:signals", "", 16),
    "alerts of a head": ("head", "controls:alerts", "", 19),
    "alerts of an inspector": ("inspector", "controls:alerts", "?state=open", 18),
}  # fmt: skip


@pytest.fixture
def few(body) -> factories.Body:
    """A signal of each kind, and an alert."""
    monitored.entered(body)
    monitored.entered(body, by="inspector", is_confidential=False)
    monitored.alert(body, post="holder", point=monitored.filed_point(body))
    return body


def multiply() -> None:
    """Copy the alert's signal with its alert and step."""
    alert = Alert.objects.get()
    signals = Signal.objects.bulk_create(
        copy(alert.signal, number=f"{alert.signal.number}-{number}") for number in range(MANY)
    )
    others = Signal.objects.exclude(pk=alert.signal_id).filter(is_confidential=False)[:1]
    Signal.objects.bulk_create(copy(each, number=f"{each.number}-{n}") for each in others for n in range(MANY // 10))
    alerts = Alert.objects.bulk_create(copy(alert, signal=signal) for signal in signals)
    step = alert.steps.get()
    AlertStep.objects.bulk_create(copy(step, alert=each) for each in alerts)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_takes_the_same_queries_for_few_rows_and_for_ten_thousand(name, few, client_of, record_property):
    who, view, query, expected = LISTS[name]
    client, address = client_of(who), reverse(view) + query
    first = fetched(client, address)
    multiply()
    began = time.perf_counter()
    then = fetched(client, address)
    took = (time.perf_counter() - began) / 2
    record_property("figure", f"{name}: {len(then[0])} queries, {1000 * took:.0f} ms at {MANY} signals")
    compare(first, then, expected, grows=True)
    assert took < 5


def test_ten_thousand_that_are_not_overdue_cost_the_clock_a_handful_of_queries(
    few, django_assert_max_num_queries, record_property
):
    multiply()
    with django_assert_max_num_queries(12):
        began = time.perf_counter()
        assert due_alerts() == []
        record_property("figure", f"nothing due among {MANY} alerts: {time.perf_counter() - began:.2f} s")
