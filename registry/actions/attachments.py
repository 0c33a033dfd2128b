"""Keeping the files that belong to records."""

from django.utils import timezone

from ..models import Attachment, Person
from ..rules import Upload


def keep_attachment(upload: Upload, *, by: Person) -> Attachment:
    """Store a checked file; call inside the transaction that writes what it belongs to."""
    return Attachment.objects.create(
        name=upload.name,
        media_type=upload.media_type,
        size=len(upload.body),
        digest=upload.digest,
        body=upload.body,
        added_by=by,
        added_at=timezone.now(),
    )


def drop_attachment(attachment_id: int | None) -> None:
    """Delete a file that nobody but those who wrote its record has seen yet."""
    Attachment.objects.filter(pk=attachment_id).delete()
