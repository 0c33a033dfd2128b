"""Permission questions of the first floor. `check_x` raises a sentence; `refusal(check_x, …)` feeds the button."""

from .alerts import (
    addressee_of,
    alerts_for,
    answers_for,
    check_answer,
    check_sees_alerts,
    place_of,
    reached,
    reads_cause,
    sees_alerts,
    visible_alerts,
)
from .signals import (
    check_enter,
    check_enters_signals,
    check_handle,
    check_reads_signals,
    enters_signals,
    handled_signals,
    handles_signals,
    organizations_to_enter_for,
    points_to_enter_for,
    posts_to_enter_for,
    reads_signals,
    signals_to_judge,
    visible_signal_uploads,
    visible_signals,
)
