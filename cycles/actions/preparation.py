"""What a year begins with: trainings, and the notice of the work (part III §4(1))."""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from registry.actions.attachments import keep_attachment
from registry.actions.audit import record
from registry.actions.writing import change, create, next_number
from registry.models import Organization, Person
from registry.rules import Refused, Upload

from .. import access
from ..models import Cycle, Training, WorkNotice


@transaction.atomic
def record_training(
    *,
    by: Person,
    cycle: Cycle,
    organization: Organization,
    held_on: dt.date,
    topic: str,
    people: int,
    text: str = "",
    attachment: Upload | None = None,
) -> Training:
    """Record that people of a region or unit were trained."""
    training = Training(cycle=cycle, organization=organization, held_on=held_on, topic=topic, people=people, text=text)
    access.check_record_training(training, by)
    if organization.tree_from not in range(cycle.region.tree_from, cycle.region.tree_to + 1):
        raise Refused(_("%s does not belong to this cycle.") % organization)
    if held_on > timezone.localdate():
        raise Refused(_("A training is recorded when it has been held."))
    if people < 1:
        raise Refused(_("Say how many took part."))
    training.recorded_by, training.recorded_at = by, timezone.now()
    training.attachment = keep_attachment(attachment, by=by) if attachment else None
    training.save(force_insert=True)
    content = [organization.pk, str(held_on), topic, people, text, attachment.digest if attachment else ""]
    record("training.record", by=by, subject=training, content=content, seals=[training])
    return training


@transaction.atomic
def strike_training(*, by: Person, training: Training, reason: str) -> Training:
    """Strike out what was recorded by mistake; it stays to be read, and counts no longer."""
    training = (
        Training.objects.select_for_update(of=("self",), no_key=True).select_related("organization").get(pk=training.pk)
    )
    access.check_record_training(training, by)
    if training.struck_by_id is not None:
        raise Refused(_("This is struck out already."))
    if not reason.strip():
        raise Refused(_("Say why it is struck out."))
    training.struck_by, training.struck_at, training.struck_reason = by, timezone.now(), reason.strip()
    training.save(update_fields=["struck_by", "struck_at", "struck_reason"])
    record("training.strike", by=by, subject=training, content=reason.strip(), seals=[training])
    return training


@transaction.atomic
def save_notice(*, by: Person, cycle: Cycle, expected: int, title: str, text: str) -> WorkNotice:
    """Write the notice of the work; `expected` is the version that was seen, 0 where there was none."""
    access.check_run(cycle, by)
    Cycle.objects.select_for_update(no_key=True).get(pk=cycle.pk)
    notice = WorkNotice.objects.filter(cycle=cycle).first()
    if notice is None and not expected:
        notice = WorkNotice(cycle=cycle, title=title, text=text)
        create(notice, by=by)
    elif notice is not None and notice.issued_on:
        raise Refused(_("The notice is issued and stays as it is."))
    else:
        change(notice or WorkNotice(), by=by, expected=expected, title=title, text=text)
    record("work_notice.save", by=by, subject=notice, content=[title, text], place=cycle.region)
    return notice


@transaction.atomic
def issue_notice(*, by: Person, cycle: Cycle, expected: int) -> WorkNotice:
    """Number and issue the notice of the work; from then on it never changes."""
    access.check_run(cycle, by)
    Cycle.objects.select_for_update(no_key=True).get(pk=cycle.pk)
    notice = WorkNotice.objects.filter(cycle=cycle).first()
    if notice is None:
        raise Refused(_("Write the notice first."))
    if notice.issued_on:
        raise Refused(_("The notice is issued and stays as it is."))
    with translation.override(settings.LANGUAGE_CODE):  # it is printed, in the language of the house
        number = _("Integrity Risk [%(year)s] No. %(number)s") % {
            "number": next_number(f"work-notice:{cycle.region.code}:{cycle.year}"),
            "year": cycle.year,
        }
    change(notice, by=by, expected=expected, number=number, issued_by=by, issued_on=timezone.localdate())
    record(
        "work_notice.issue",
        by=by,
        subject=notice,
        content=[notice.title, notice.text, number],
        place=cycle.region,
        seals=[notice],
    )
    return notice
