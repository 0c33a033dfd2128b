"""Form fields of the first floor."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from registry.forms.meetings import UploadField
from registry.rules import Upload
from registry.rules.uploads import ENDINGS


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class UploadsField(UploadField):
    """Several files that may be kept, every problem named. The cleaned value is a list of Uploads."""

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        self.most = most
        super().__init__(widget=FilesInput(attrs={"accept": ",".join(ENDINGS)}), **kwargs)

    def clean(self, data: Any, initial: object = None) -> list[Upload]:
        given = [each for each in (data if isinstance(data, list) else [data]) if each]
        if len(given) > self.most:
            raise ValidationError(_("At most %s files with one step.") % self.most)
        return [self.to_python(each) for each in given]


def ask_for_the_files_again(form: forms.Form, name: str = "attachments") -> None:
    """Say at the field that files do not come back with what was typed."""
    if form.files.getlist(form.add_prefix(name)):
        form.add_error(name, _("The files are not kept until everything else is saved: choose them again."))
