"""Permission questions of the ground floor. `check_x` raises a sentence; `refusal(check_x, …)` feeds the button."""

from .approvals import (
    Asked,
    asked_at,
    asked_now,
    check_decide,
    decided_by,
    may_import,
    names,
    refusal,
    reviews_anything,
    waiting_for,
)
from .declarations import (
    check_declare,
    check_edit,
    check_withdraw,
    is_open,
    is_owner,
    sees_trace,
    visible_declarations,
    visible_points,
)
from .notices import (
    check_answer,
    check_compose,
    check_manage,
    check_object,
    may_manage,
    publishable_organizations,
    reads_notices,
    to_answer,
    visible_notices,
)
from .organization import (
    holders,
    ledger_scope,
    nearest,
    one_page,
    readable_organizations,
    recusals_of,
    rights_of,
    scope,
    sync_grants,
)
