"""How much of a sent file is taken in: the limit holds while it arrives, not only once it lies on the disk."""

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from registry.rules.uploads import MOST_BYTES


class TakeInNoMore(FileUploadHandler):
    """Stands before the handlers that keep files. Of one above the limit they get just enough to see that it is too large."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data if start <= MOST_BYTES else None

    def file_complete(self, file_size: int) -> UploadedFile | None:
        return None
