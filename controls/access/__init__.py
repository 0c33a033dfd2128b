"""Permission questions of the first floor. `check_x` raises a sentence; `refusal(check_x, …)` feeds the button."""

from .draws import (
    check_commit,
    check_draws,
    check_experts,
    check_reveal,
    expert_regions,
    others_who_reveal,
    places_to_draw,
    visible_draws,
    visible_experts,
)
from .inspections import (
    check_close,
    check_fill,
    check_plan,
    check_plans,
    inspects_anything,
    people_to_name,
    places_to_inspect,
    planning_scope,
    readers_to_name,
    to_inspect,
    units_to_plan,
    visible_inspections,
    visible_plans,
    watching_scope,
)
