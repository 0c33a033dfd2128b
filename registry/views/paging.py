"""Pages of a list: what the pager shows, keeping every filter in the address."""

from django.core.paginator import Page
from django.http import HttpRequest


def page_context(request: HttpRequest, page: Page) -> dict:
    """Return the pager's values of a paginator's page."""
    return pager(request, number=page.number, size=page.paginator.per_page, total=page.paginator.count)


def pager(request: HttpRequest, *, number: int, size: int, total: int) -> dict:
    """Return number, pages, total, first_row, last_row and the addresses of the neighbours ("" at the ends)."""
    pages = max(1, -(-total // size))

    def address(wanted: int) -> str:
        query = request.GET.copy()
        query["page"] = str(wanted)
        return f"?{query.urlencode()}"

    return {
        "number": number,
        "pages": pages,
        "total": total,
        "first_row": (number - 1) * size + 1 if total else 0,
        "last_row": min(number * size, total),
        "previous_url": address(number - 1) if number > 1 else "",
        "next_url": address(number + 1) if number < pages else "",
    }
