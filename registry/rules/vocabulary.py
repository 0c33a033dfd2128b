"""The words of the domain as choices: stored values in English, labels in the user's language (docs/glossary.md)."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class OrganizationKind(TextChoices):
    REGION = "region", _("region")
    UNIT = "unit", _("unit")
    SECTION = "section", _("section")


class Rank(TextChoices):
    """Cadre rank; decides alone whether the region reviews (part III §4(2): of ke rank or above)."""

    BELOW_KE = "below_ke", _("below ke rank")
    KE = "ke", _("ke rank")
    CHU = "chu", _("chu rank or above")


class Level(TextChoices):
    """Part III §4(2): three levels."""

    LEADERSHIP = "leadership", _("leadership team")
    SECTION = "section", _("section level")
    POST = "post", _("post level")


class Category(TextChoices):
    """Part III §2(2): five kinds of risk, in the document's order."""

    MORAL = "moral", _("ideology and morals")
    INSTITUTIONAL = "institutional", _("institutional mechanism")
    DUTY = "duty", _("post duties")
    PROCESS = "process", _("business process")
    ENVIRONMENT = "environment", _("external environment")


class Grade(IntegerChoices):
    """Part V, question 2 of section two. The words of a unit may differ; stored is the ordinal."""

    I = 1, _("grade I (high)")  # noqa: E741 - the grade's own name
    II = 2, _("grade II (medium)")
    III = 3, _("grade III (low)")


class Cause(TextChoices):
    """Part III §2(1): education, institutions and supervision not in place, or no self-discipline."""

    EDUCATION = "education", _("education not in place")
    INSTITUTION = "institution", _("rules not in place")
    SUPERVISION = "supervision", _("supervision not in place")
    SELF_DISCIPLINE = "self_discipline", _("lack of self-discipline")


class Method(TextChoices):
    """Part III §4(2): 自己找、群众帮、领导提、集体定."""

    SELF = "self", _("found by oneself")
    COLLEAGUES = "colleagues", _("with colleagues' help")
    LEADER = "leader", _("raised by a leader")
    COLLECTIVE = "collective", _("settled collectively")


class Rhythm(TextChoices):
    """How often a measure is carried out."""

    ONCE = "once", _("once")
    MONTHLY = "monthly", _("every month")
    QUARTERLY = "quarterly", _("every quarter")
    YEARLY = "yearly", _("every year")
    ON_EVENT = "on_event", _("whenever it occurs")


class Phase(TextChoices):
    """Part III §4(2) and (3): points are filed in April, measures in May."""

    POINTS = "points", _("risk points")
    MEASURES = "measures", _("preventive measures")


class Origin(TextChoices):
    DECLARED = "declared", _("declared in the system")
    IMPORTED = "imported", _("filed on paper, entered later")


class DeclarationState(TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("under review")
    RETURNED = "returned", _("returned")
    FILED = "filed", _("filed")


class PointState(TextChoices):
    """A version's life. Draft versions belong to an open declaration; the ledger knows the others."""

    DRAFT = "draft", _("not filed")
    FILED = "filed", _("filed")
    PUBLISHED = "published", _("published")
    IN_FORCE = "in_force", _("in force")
    TO_CHANGE = "to_change", _("to be changed")
    SUPERSEDED = "superseded", _("superseded")
    WITHDRAWN = "withdrawn", _("withdrawn")


class MeasureState(TextChoices):
    """Measures named together with a point are proposed; their own declaration files them (part III §4(3))."""

    DRAFT = "draft", _("not filed")
    PROPOSED = "proposed", _("proposed")
    FILED = "filed", _("filed")
    SUPERSEDED = "superseded", _("superseded")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Change(TextChoices):
    NEW = "new", _("new")
    UNCHANGED = "unchanged", _("unchanged")
    CHANGED = "changed", _("changed")
    WITHDRAWN = "withdrawn", _("withdrawn")


class UploadState(TextChoices):
    """Of a ledger that was uploaded; one that was taken in and then taken back is known by its batch."""

    CHECKED = "checked", _("looked over, not taken in")
    APPLIED = "applied", _("taken in")
    DISCARDED = "discarded", _("thrown away")
    EXPIRED = "expired", _("lapsed")


class Outcome(TextChoices):
    """What becomes of a row of an uploaded ledger."""

    ERROR = "error", _("with problems")
    NEW = "new", _("new")
    CHANGED = "changed", _("changed")
    CARRIED = "carried", _("carried over")
    SAME = "same", _("the same")


class SuggestionState(TextChoices):
    OPEN = "open", _("to be answered")
    TAKEN_UP = "taken_up", _("taken up")
    DECLINED = "declined", _("not taken up")


class Trigger(TextChoices):
    """Part III §5(4): why what was filed is adjusted; objection and region: practice."""

    DUTIES = "duties", _("duties or powers changed")
    PEOPLE = "people", _("people changed")
    LAW = "law", _("laws or rules changed")
    STRUCTURE = "structure", _("the organization changed")
    EVENT = "event", _("a case, complaint or inspection")
    OBJECTION = "objection", _("an objection was upheld")
    REGION = "region", _("returned by the region")


class MajorMatter(TextChoices):
    """Part III §4(2): leadership points stand around 三重一大 and high-risk business."""

    DECISION = "decision", _("major decision")
    APPOINTMENT = "appointment", _("appointment or dismissal of leading personnel")
    PROJECT = "project", _("major project")
    LARGE_SUM = "large_sum", _("use of large sums")
    HIGH_RISK = "high_risk", _("other business of high risk")


class MeetingPurpose(TextChoices):
    SETTLING = "settling", _("settling a declaration")
    DECIDING = "deciding", _("deciding on declarations")


class MeetingState(TextChoices):
    """Of a deciding meeting; the record of a settling one stays a draft until its declaration is submitted."""

    DRAFT = "draft", _("being entered")
    PUT = "put", _("waits for confirmation")
    CLOSED = "closed", pgettext_lazy("state of a meeting", "closed")


class RegionState(TextChoices):
    """Part III §4(2), (3): what a unit filed of leaders is reported to the region's office."""

    SENT = "sent", _("sent to the region")
    ASKED = "asked", _("the region asks for more")
    ACCEPTED = "accepted", _("accepted by the region")
    RETURNED = "returned", _("returned by the region")


class Verdict(TextChoices):
    APPROVE = "approve", _("approved")
    RETURN = "return", _("returned")
    FILE = "file", _("filed")
    POST = "post", _("posted")
    ASK = "ask", _("more asked")


class ApprovalState(TextChoices):
    OPEN = "open", _("open")
    RETURNED = "returned", _("returned")
    WITHDRAWN = "withdrawn", _("taken back")
    COMPLETED = "completed", _("completed")


class NoticeKind(TextChoices):
    POINTS = "points", _("public notice of risk points")
    MEASURES = "measures", _("public notice of preventive measures")


class NoticeState(TextChoices):
    DRAFT = "draft", _("being composed")
    SUBMITTED = "submitted", _("waiting to be posted")
    RETURNED = "returned", _("returned")
    POSTED = "posted", pgettext_lazy("state of a notice", "posted")
    ENDED = "ended", pgettext_lazy("state of a notice", "ended")
    SUPERSEDED = "superseded", _("replaced by a later one")
    TAKEN_DOWN = "taken_down", _("taken down")


class NoticeScope(TextChoices):
    """Part III §4(2): 在一定范围内公示. Wider than the unit only with the principal leader's consent."""

    SECTION = "section", _("within the section")
    UNIT = "unit", _("within the unit")
    REGION = "region", _("within the region")


class ExtensionCause(TextChoices):
    """Why a posted notice runs longer than it was posted for."""

    CALENDAR = "calendar", _("days off were announced later")
    DECISION = "decision", _("decided by two people")


class ExtensionState(TextChoices):
    ASKED = "asked", _("waits for a second person")
    EXTENDED = "extended", _("extended")
    RETURNED = "returned", _("not agreed to")
    WITHDRAWN = "withdrawn", _("taken back")
    LAPSED = "lapsed", _("lapsed")


class NoticeOrder(TextChoices):
    PLACE = "place", _("by section and post")
    LEVEL = "level", _("by level, then section and post")
    GRADE = "grade", _("by grade, the highest first")


class Channel(TextChoices):
    """How an objection came in."""

    SCREEN = "screen", _("on this page")
    PHONE = "phone", _("by phone")
    LETTER = "letter", _("by letter")
    PERSON = "person", _("in person")


class Ruling(TextChoices):
    UPHELD = "upheld", _("upheld")
    NOT_UPHELD = "not_upheld", _("not upheld")


STANDING_STATES = (PointState.FILED, PointState.PUBLISHED, PointState.IN_FORCE, PointState.TO_CHANGE)
LEDGER_STATES = (*STANDING_STATES, PointState.SUPERSEDED, PointState.WITHDRAWN)
