"""The words of the first floor as choices: stored values in English, labels in the user's language (docs/glossary.md)."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class TaskState(TextChoices):
    """Of one occasion on which a filed measure is carried out. That it is overdue is told by its date, never stored."""

    OPEN = "open", _("to be done")
    DONE = "done", _("reported done")
    DROPPED = "dropped", _("no longer needed")


class SignalChannel(TextChoices):
    """Part III §2(3)2: the channels of supervision and the unit's own checks; audits beside them (practice)."""

    MEETING = "meeting", _("democratic life meeting")
    APPRAISAL = "appraisal", _("appraisal by the public")
    MEDIA = "media", _("media and public opinion")
    LETTER = "letter", _("letters, visits and reports")
    HOTLINE = "hotline", _("conduct hotline")
    COMPLAINT = "complaint", _("administrative complaint")
    SELF_CHECK = "self_check", _("own check")
    COVERT = "covert", _("open and covert visits")
    SPECIAL = "special", _("special inspection")
    AUDIT = "audit", _("audit")


class Judging(TextChoices):
    """What a monitoring signal was judged to be."""

    OPEN = "open", _("not judged yet")
    RISK = "risk", _("shows a risk")
    NO_RISK = "no_risk", _("shows no risk")


class AlertRule(TextChoices):
    """Which rule gave an alert its colour."""

    REPEAT = "repeat", pgettext_lazy("rule of an alert", "repeated")
    GRADE = "grade", pgettext_lazy("rule of an alert", "grade of the risk point")
    OVERDUE = "overdue", pgettext_lazy("rule of an alert", "overdue")


class AlertState(TextChoices):
    OPEN = "open", pgettext_lazy("state of an alert", "to be answered")
    ANSWERED = "answered", pgettext_lazy("state of an alert", "answered")
    LAPSED = "lapsed", pgettext_lazy("state of an alert", "its cause is gone")


class AlertVerb(TextChoices):
    RAISE = "raise", pgettext_lazy("verb of an alert", "raised")
    ESCALATE = "escalate", pgettext_lazy("verb of an alert", "not answered in time, passed on")
    ANSWER = "answer", pgettext_lazy("verb of an alert", "answered")
    LAPSE = "lapse", pgettext_lazy("verb of an alert", "closed, its cause is gone")


class InspectionState(TextChoices):
    PLANNED = "planned", pgettext_lazy("state of an inspection", "planned")
    BEGUN = "begun", pgettext_lazy("state of an inspection", "begun")
    SIGNED = "signed", pgettext_lazy("state of an inspection", "signed")
    DROPPED = "dropped", pgettext_lazy("state of an inspection", "dropped")


class InspectionVerb(TextChoices):
    BEGIN = "begin", pgettext_lazy("verb of an inspection", "begin")
    SAVE = "save", pgettext_lazy("verb of an inspection", "write")
    SIGN = "sign", pgettext_lazy("verb of an inspection", "sign")
    NAME = "name", pgettext_lazy("verb of an inspection", "name who checks")
    DROP = "drop", pgettext_lazy("verb of an inspection", "drop")


class PlanState(TextChoices):
    """Of a plan of inspections."""

    ISSUED = "issued", pgettext_lazy("state of a plan of inspections", "issued")
    CLOSED = "closed", pgettext_lazy("state of a plan of inspections", "closed")


class DrawKind(TextChoices):
    """What is drawn from."""

    POSTS = "posts", _("posts with risk points")
    SECTIONS = "sections", _("sections with risk points")
    POINTS = "points", _("integrity-risk points")
    EXPERTS = "experts", _("experts of a speciality")


class DrawState(TextChoices):
    COMMITTED = "committed", pgettext_lazy("state of a draw", "committed, not drawn yet")
    REVEALED = "revealed", pgettext_lazy("state of a draw", "drawn")


class Answer(TextChoices):
    """Of one line of a check sheet."""

    YES = "yes", pgettext_lazy("line of a check sheet", "carried out")
    PARTLY = "partly", pgettext_lazy("line of a check sheet", "carried out in part")
    NO = "no", pgettext_lazy("line of a check sheet", "not carried out")
    NOT_APPLICABLE = "not_applicable", pgettext_lazy("line of a check sheet", "did not occur")


class Severity(TextChoices):
    """Part III §2(3)3: disposal is by how serious it is."""

    SLIGHT = "slight", pgettext_lazy("severity", "slight")
    NOTABLE = "notable", pgettext_lazy("severity", "notable")
    SERIOUS = "serious", pgettext_lazy("severity", "serious")


class FindingState(TextChoices):
    OPEN = "open", _("to be corrected")
    REPORTED = "reported", _("reported as corrected")
    VERIFIED = "verified", _("verified as corrected")
    DISPOSAL = "disposal", _("handed over for disposal")


class FindingVerb(TextChoices):
    REPORT = "report", pgettext_lazy("verb", "report as corrected")
    VERIFY = "verify", pgettext_lazy("verb", "verify")
    SEND_BACK = "send_back", pgettext_lazy("verb", "send back")
    EXTEND = "extend", pgettext_lazy("verb", "extend the deadline")
    HAND_OVER = "hand_over", pgettext_lazy("verb", "hand over for disposal")
    SUPPLEMENT = "supplement", pgettext_lazy("verb", "ask for a supplement")


class DisposalKind(TextChoices):
    """Part III §2(3)3: the three measures, by how serious it is."""

    WARNING = "warning", pgettext_lazy("disposal", "warning")
    ADMONITION = "admonition", pgettext_lazy("disposal", "admonition")
    RECTIFICATION = "rectification", pgettext_lazy("disposal", "rectification order")


class DisposalTarget(TextChoices):
    """Whom a disposal is about, as far as it decides who has authority (按照干部管理权限); frozen when it is proposed."""

    STAFF = "staff", _("person below ke rank")
    CADRE = "cadre", _("person of ke rank or above")
    LEADER = "leader", _("member of the leadership team or principal leader")
    SECTION = "section", pgettext_lazy("target of a disposal", "section")
    UNIT = "unit", pgettext_lazy("target of a disposal", "unit")


class DisposalState(TextChoices):
    PROPOSED = "proposed", pgettext_lazy("state of a disposal", "proposed")
    RETURNED = "returned", pgettext_lazy("state of a disposal", "returned")
    DROPPED = "dropped", pgettext_lazy("state of a disposal", "not pursued")
    DECIDED = "decided", pgettext_lazy("state of a disposal", "to be served")
    SERVED = "served", pgettext_lazy("state of a disposal", "answer awaited")
    ANSWERED = "answered", pgettext_lazy("state of a disposal", "answered")
    CLOSED = "closed", pgettext_lazy("state of a disposal", "closed")
    ANNULLED = "annulled", pgettext_lazy("state of a disposal", "annulled")


class DisposalVerb(TextChoices):
    PROPOSE = "propose", pgettext_lazy("step of a disposal", "proposed")
    REVISE = "revise", pgettext_lazy("step of a disposal", "proposed again")
    DROP = "drop", pgettext_lazy("step of a disposal", "not pursued")
    DECIDE = "decide", pgettext_lazy("step of a disposal", "decided")
    RETURN = "return", pgettext_lazy("step of a disposal", "returned")
    SERVE = "serve", pgettext_lazy("step of a disposal", "served")
    ACKNOWLEDGE = "acknowledge", pgettext_lazy("step of a disposal", "acknowledged")
    ANSWER = "answer", pgettext_lazy("step of a disposal", "answered")
    SEND_BACK = "send_back", pgettext_lazy("step of a disposal", "to be answered again")
    ACCEPT = "accept", pgettext_lazy("step of a disposal", "checked and closed")
    LATE = "late", pgettext_lazy("step of a disposal", "brought before the next leader")
    REPLACE = "replace", pgettext_lazy("step of a disposal", "closed by the next step")
    ANNUL = "annul", pgettext_lazy("step of a disposal", "annulled")


class Service(TextChoices):
    """How a disposal was served."""

    SCREEN = "screen", pgettext_lazy("service of a disposal", "on screen, to be acknowledged there")
    PAPER = "paper", pgettext_lazy("service of a disposal", "on paper, signed for")
    REFUSED = "refused", pgettext_lazy("service of a disposal", "acceptance refused, before witnesses")
