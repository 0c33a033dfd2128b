"""Tables of the ground floor."""

from .approvals import Approval, Decision, Naming, Remark, Submission
from .audit import AuditEntry, AuditHead, JobClaim, Seal, SealForm
from .confirmations import Confirmation
from .copies import CheckTally, NumberedCopy, PrintedFile
from .declarations import Declaration, ImportBatch, LearnedHeading, NothingFound, Period, Scheme
from .guards import guards_fit, install_guards, missing_guards, remove_guards
from .ledger import Measure, MeasureVersion, PointVersion, RiskPoint
from .meetings import Attachment, Meeting, MeetingItem
from .notices import CalendarDay, NoticeExtension, NoticeLine, Objection, PreparedSheet, PublicNotice
from .opt_outs import OptOut
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
from .sealing import SEALED, SealedTable, seal_tables
from .shelf import ShelfFile, ShelfItem
from .sign_in import KeptForm, OpenSession, SignInTally, UsedPassword
from .stand_ins import StandIn
from .suggestions import Suggestion
from .uploads import UploadedLedger, UploadedRow
