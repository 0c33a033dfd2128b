"""Tables of the ground floor."""

from .approvals import Approval, Decision, Remark, Submission
from .audit import AuditEntry, AuditHead, JobClaim
from .declarations import Declaration, ImportBatch, NothingFound, Period, Scheme
from .ledger import Measure, MeasureVersion, PointVersion, RiskPoint
from .notices import CalendarDay, NoticeLine, Objection, PreparedSheet, PublicNotice
from .organization import (
    Appointment,
    Assignment,
    Counter,
    Organization,
    OrganizationUserObjectPermission,
    Person,
    Post,
    Recusal,
    remember_login,
)
from .suggestions import Suggestion
